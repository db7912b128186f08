package main

import (
	"fmt"
	"os"

	"example.com/shared"
)

func main() {
	banner, err := os.ReadFile("banner.txt")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(shared.Frame(string(banner)))
}
