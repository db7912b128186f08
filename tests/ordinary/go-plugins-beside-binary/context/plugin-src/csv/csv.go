package main
import "fmt"
func Run() { fmt.Println("csv") }
