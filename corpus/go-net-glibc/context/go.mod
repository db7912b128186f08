module example.com/whoami

go 1.21
