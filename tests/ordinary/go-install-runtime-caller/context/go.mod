module github.com/wikilite/wikilite

go 1.18
