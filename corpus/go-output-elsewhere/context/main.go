// slugs turns titles into names for addresses.
package main

import (
	"fmt"
	"os"
	"strings"
	"unicode"
)

var version = "unknown"

func slug(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return strings.Join(words, "-")
}

func main() {
	for _, argument := range os.Args[1:] {
		switch argument {
		case "--help":
			fmt.Println("usage: slugs TITLE...")
		case "--version":
			fmt.Println(version)
		default:
			fmt.Println(slug(argument))
		}
	}
}
