package main

import (
	"fmt"
	"html/template"
	"log"
	"net/http"
	"net/smtp"
	"os"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/golang-migrate/migrate/v4"
	_ "github.com/golang-migrate/migrate/v4/database/postgres"
	_ "github.com/golang-migrate/migrate/v4/source/file"
)

var version string

func main() {
	switch os.Args[1] {
	case "migrate":
		m, err := migrate.New("file://migrations", os.Getenv("DATABASE_URL"))
		if err != nil {
			log.Fatal(err)
		}
		if err := m.Up(); err != nil && err != migrate.ErrNoChange {
			log.Fatal(err)
		}
	case "serve":
		t := template.Must(template.ParseGlob("web/templates/*.gohtml"))
		r := chi.NewRouter()
		r.Handle("/static/*", http.StripPrefix("/static", http.FileServer(http.Dir("web/static"))))
		r.Get("/", func(w http.ResponseWriter, req *http.Request) {
			loc, err := time.LoadLocation(req.URL.Query().Get("tz"))
			if err != nil {
				http.Error(w, err.Error(), 400)
				return
			}
			t.ExecuteTemplate(w, "index.gohtml", time.Now().In(loc))
		})
		r.Post("/remind", func(w http.ResponseWriter, req *http.Request) {
			err := smtp.SendMail(os.Getenv("SMTP"), nil, "cal@example.org", []string{req.FormValue("to")}, []byte("hi"))
			fmt.Fprintln(w, version, err)
		})
		log.Fatal(http.ListenAndServe(":8080", r))
	}
}
