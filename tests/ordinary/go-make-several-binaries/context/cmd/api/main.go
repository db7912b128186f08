package main

import (
	"log"
	"net/http"

	"github.com/parcelio/parcel/internal/config"
)

var version string

func main() {
	c, err := config.Load("configs/config.yaml")
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/", http.FileServer(http.Dir("web/static")))
	http.HandleFunc("/version", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(version)) })
	log.Fatal(http.ListenAndServe(c.Listen, nil))
}
