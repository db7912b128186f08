package main

import (
	"html/template"
	"log"
	"net/http"
	"sync"
)

var (
	mu      sync.Mutex
	entries = []string{"First visitor"}
)

func main() {
	pages := template.Must(template.ParseGlob("templates/*.html"))
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if text := r.FormValue("entry"); text != "" {
			entries = append(entries, text)
		}
		if err := pages.ExecuteTemplate(w, "index.html", entries); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	log.Fatal(http.ListenAndServe(":3000", nil))
}
