module example.org/etl

go 1.21
