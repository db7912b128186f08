package main

import (
	"flag"
	"html/template"
	"log"
	"net/http"
	"path/filepath"
	"runtime"
)

var (
	_, file, _, _ = runtime.Caller(0)
	root          = filepath.Dir(file)
)

func main() {
	addr := flag.String("addr", ":7000", "")
	flag.Parse()
	t := template.Must(template.ParseGlob(filepath.Join(root, "views", "*.html")))
	http.Handle("/static/", http.StripPrefix("/static/", http.FileServer(http.Dir(filepath.Join(root, "public")))))
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { t.ExecuteTemplate(w, "page.html", nil) })
	log.Fatal(http.ListenAndServe(*addr, nil))
}
