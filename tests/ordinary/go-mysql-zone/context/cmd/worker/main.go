package main

import (
	"database/sql"
	"log"
	"time"

	_ "github.com/go-sql-driver/mysql"
)

func main() {
	db, err := sql.Open("mysql", "parcel:parcel@tcp(db:3306)/parcel?parseTime=true&loc=Asia%2FTokyo")
	if err != nil {
		log.Fatal(err)
	}
	for {
		db.Ping()
		time.Sleep(time.Minute)
	}
}
