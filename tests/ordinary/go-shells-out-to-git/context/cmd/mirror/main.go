package main

import (
	"flag"
	"log"
	"net/http"
	"os/exec"
	"path/filepath"

	"example.org/mirror/internal/web"
)

func main() {
	listen := flag.String("listen", ":9000", "")
	dir := flag.String("dir", ".", "")
	flag.Parse()
	http.HandleFunc("/sync", func(w http.ResponseWriter, r *http.Request) {
		url := r.FormValue("url")
		cmd := exec.Command("git", "clone", "--mirror", url, filepath.Join(*dir, filepath.Base(url)))
		out, err := cmd.CombinedOutput()
		if err != nil {
			http.Error(w, string(out), 502)
			return
		}
		w.Write(out)
	})
	http.Handle("/", web.Handler())
	log.Fatal(http.ListenAndServe(*listen, nil))
}
