// whoami says under which name and address a request arrived.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		addresses, err := net.LookupHost("localhost")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, "%s at %d local address(es)\n", r.Host, min(len(addresses), 1))
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
