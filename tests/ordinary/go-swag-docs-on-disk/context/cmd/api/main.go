package main

import (
	"net/http"
	"os"
	"strings"

	"example.org/api/internal/version"
)

// @title API
// @version 1.0
// @BasePath /
func main() {
	raw, err := os.ReadFile("config.yaml")
	if err != nil {
		panic(err)
	}
	cfg := map[string]string{}
	for _, l := range strings.Split(string(raw), "\n") {
		if k, v, ok := strings.Cut(l, ":"); ok {
			cfg[k] = strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
	http.HandleFunc("/docs/swagger.json", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, cfg["docs"])
	})
	http.HandleFunc("/ping", ping)
	http.HandleFunc("/version", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(version.Text())) })
	http.ListenAndServe(cfg["listen"], nil)
}

// @Summary ping
// @Success 200 {string} string
// @Router /ping [get]
func ping(w http.ResponseWriter, r *http.Request) { w.Write([]byte("pong")) }
