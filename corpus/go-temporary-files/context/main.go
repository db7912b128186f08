// sorter sorts words by way of a file, as it would if they did not fit into memory.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"os/user"
	"sort"
)

func main() {
	log.SetFlags(0)
	spill, err := os.CreateTemp("", "sorter-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.Remove(spill.Name())
	for _, word := range os.Args[1:] {
		fmt.Fprintln(spill, word)
	}
	if _, err := spill.Seek(0, 0); err != nil {
		log.Fatal(err)
	}
	var words []string
	for lines := bufio.NewScanner(spill); lines.Scan(); {
		words = append(words, lines.Text())
	}
	sort.Strings(words)
	who, err := user.Current()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(words, "sorted by", who.Username)
}
