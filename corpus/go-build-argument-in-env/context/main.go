package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("release", os.Getenv("APP_RELEASE"))
}
