package main

import (
	"fmt"
	"net/http"

	"golang.org/x/tools/go/packages"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		pkgs, err := packages.Load(&packages.Config{Mode: packages.NeedTypes | packages.NeedName, Dir: "/data/checkout"}, "./...")
		if err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		for _, p := range pkgs {
			fmt.Fprintln(w, p.PkgPath)
		}
	})
	http.ListenAndServe(":8080", nil)
}
