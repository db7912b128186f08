package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	version, err := os.ReadFile("/opt/buoy/bin/VERSION")
	if err != nil {
		panic(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "buoy %s", version) })
	http.ListenAndServe(":8080", nil)
}
