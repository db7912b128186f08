package main

import (
	"database/sql"
	"html/template"
	"log"
	"net/http"
	"os"

	_ "github.com/lib/pq"
)

func main() {
	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	t := template.Must(template.ParseGlob("views/*.tmpl"))
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { t.ExecuteTemplate(w, "home.tmpl", nil) })
	log.Fatal(http.ListenAndServe(":3000", nil))
}
