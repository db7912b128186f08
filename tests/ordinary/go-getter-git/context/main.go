package main

import (
	"log"
	"net/http"
	"os"

	getter "github.com/hashicorp/go-getter"
)

func main() {
	http.HandleFunc("POST /fetch", func(w http.ResponseWriter, r *http.Request) {
		src := r.FormValue("source") // e.g. git::https://github.com/acme/modules.git//vpc?ref=v1
		if err := getter.Get("/data/modules", src); err != nil {
			http.Error(w, err.Error(), 502)
		}
	})
	os.MkdirAll("/data", 0o755)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
