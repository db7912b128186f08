package main

import (
	"flag"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"

	"github.com/BurntSushi/toml"
)

func main() {
	name := flag.String("config", "/etc/relay.toml", "")
	flag.Parse()
	var c struct{ Listen, Upstream string }
	if _, err := toml.DecodeFile(*name, &c); err != nil {
		log.Fatal(err)
	}
	u, err := url.Parse(c.Upstream)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServeTLS(c.Listen, "tls/server.crt", "tls/server.key", httputil.NewSingleHostReverseProxy(u)))
}
