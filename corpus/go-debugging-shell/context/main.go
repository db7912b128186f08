package main

import (
	"fmt"
	"log"
	"net/http"
	"sync/atomic"
)

func main() {
	var scrapes atomic.Int64
	http.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "up 1\nscraped %t\n", scrapes.Add(1) > 0)
	})
	log.Fatal(http.ListenAndServe(":9100", nil))
}
