// trust says whether TLS servers can be verified, and asks one if an address is given.
package main

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
)

func main() {
	pool, err := x509.SystemCertPool()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if pool.Equal(x509.NewCertPool()) {
		fmt.Println("no authority is trusted")
		os.Exit(1)
	}
	fmt.Println("authorities are known")
	if len(os.Args) > 1 {
		answer, err := http.Get(os.Args[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		answer.Body.Close()
		fmt.Println(answer.Status)
	}
}
