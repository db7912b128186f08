package main
import "fmt"
func Init(){fmt.Println("log")}
func main(){}
