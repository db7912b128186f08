package main

import (
	"database/sql"
	"flag"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	_ "github.com/mattn/go-sqlite3"
)

func main() {
	listen := flag.String("listen", ":8090", "address")
	ui := flag.String("ui", "web/dist", "pages")
	flag.Parse()
	dir := os.Getenv("DATA_DIR")
	db, err := sql.Open("sqlite3", filepath.Join(dir, "mirror.db"))
	if err != nil {
		log.Fatal(err)
	}
	schema, err := os.ReadFile("migrations/001.sql")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := db.Exec(string(schema)); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/clone", func(w http.ResponseWriter, r *http.Request) {
		out, err := exec.Command("git", "clone", "--mirror", r.FormValue("url"), filepath.Join(dir, r.FormValue("name"))).CombinedOutput()
		if err != nil {
			http.Error(w, string(out), 500)
		}
	})
	http.Handle("/", http.FileServer(http.Dir(*ui)))
	log.Fatal(http.ListenAndServe(*listen, nil))
}
