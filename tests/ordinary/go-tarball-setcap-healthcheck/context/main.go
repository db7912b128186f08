package main

import (
	"flag"
	"mime"
	"net/http"
	"os"
)

func main() {
	conf := flag.String("c", "", "")
	flag.Parse()
	b, err := os.ReadFile(*conf)
	if err != nil {
		panic(err)
	}
	os.WriteFile("/var/lib/edge/started", b, 0o640)
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(mime.TypeByExtension(".ods")))
	})
	panic(http.ListenAndServe(":80", nil))
}
