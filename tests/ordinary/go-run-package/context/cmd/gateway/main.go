package main

import (
	"flag"
	"html/template"
	"io"
	"log"
	"net/http"
)

func main() {
	addr := flag.String("addr", ":8080", "address to listen on")
	flag.Parse()
	page := template.Must(template.ParseFiles("web/index.html"))
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		answer, err := http.Get("https://example.org/berths")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		page.Execute(w, string(text))
	})
	log.Fatal(http.ListenAndServe(*addr, nil))
}
