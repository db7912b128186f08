package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	files, _ := filepath.Glob("db/migrations/*.sql")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			panic(err)
		}
		fmt.Println(f, len(b))
	}
}
