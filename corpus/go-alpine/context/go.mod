module example.com/dawn

go 1.22
