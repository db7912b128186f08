module github.com/parcelio/parcel

go 1.20

require github.com/go-sql-driver/mysql v1.7.1

require gopkg.in/yaml.v3 v3.0.1
