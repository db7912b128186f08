package main

import (
	"flag"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/h2non/bimg"
	"gopkg.in/yaml.v3"
)

var version = "dev"

type config struct {
	Cache       string `yaml:"cache"`
	Placeholder string `yaml:"placeholder"`
}

func main() {
	path := flag.String("config", "thumb.yaml", "")
	flag.Parse()
	b, err := os.ReadFile(*path)
	if err != nil {
		log.Fatal(err)
	}
	var c config
	if err := yaml.Unmarshal(b, &c); err != nil {
		log.Fatal(err)
	}
	ph, err := os.ReadFile(c.Placeholder)
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(version)) })
	http.HandleFunc("/svg", func(w http.ResponseWriter, r *http.Request) {
		cmd := exec.Command("rsvg-convert", "-w", "200")
		cmd.Stdin = r.Body
		out, err := cmd.Output()
		if err != nil {
			w.Write(ph)
			return
		}
		if err := os.WriteFile(filepath.Join(c.Cache, r.Header.Get("X-Key")+".png"), out, 0o644); err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		img, _ := bimg.NewImage(out).Thumbnail(100)
		w.Write(img)
	})
	log.Fatal(http.ListenAndServe(":8088", nil))
}
