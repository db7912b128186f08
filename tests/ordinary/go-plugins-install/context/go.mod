module example.org/hookd

go 1.19
