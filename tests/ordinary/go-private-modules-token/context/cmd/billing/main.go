package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/acme/ledger"
)

func main() {
	cfg, err := os.ReadFile(filepath.Join("configs", os.Getenv("BILLING_ENV")+".json"))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	l := ledger.New(cfg)
	http.ListenAndServe(":8080", l.Handler())
}
