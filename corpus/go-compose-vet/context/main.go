package main

import "fmt"

func main() {
	// chosen by a fair roll
	fmt.Println("four")
}
