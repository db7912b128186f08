package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"

	_ "github.com/mattn/go-sqlite3"
)

var version = "dev"

func main() {
	db, err := sql.Open("sqlite3", os.Getenv("DB"))
	if err != nil {
		panic(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		var n int
		db.QueryRow("select count(*) from note").Scan(&n)
		fmt.Fprintln(w, version, n)
	})
	http.ListenAndServe(":8080", nil)
}
