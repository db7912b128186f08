package main

import (
	"database/sql"
	_ "embed"
	"log"
	"net/http"
	"os"

	_ "github.com/mattn/go-sqlite3"
)

//go:embed schema.sql
var schema string

func main() {
	db, err := sql.Open("sqlite3", os.Getenv("LINKS_DB"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := db.Exec(schema); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		var to string
		if db.QueryRow("select target from links where name = ?", r.URL.Path[1:]).Scan(&to) != nil {
			http.NotFound(w, r)
			return
		}
		http.Redirect(w, r, to, 302)
	})
	log.Fatal(http.ListenAndServe(":8000", nil))
}
