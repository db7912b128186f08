package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	word := os.Getenv("GREETING")
	if word == "" {
		word = "Hello"
	}
	fmt.Printf("%s, %s!\n", word, strings.Join(os.Args[1:], " "))
}
