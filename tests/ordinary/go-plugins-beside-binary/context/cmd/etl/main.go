package main
import ("fmt";"os";"path/filepath";"plugin")
func main() {
	name := "csv"
	if len(os.Args) > 1 { name = os.Args[1] }
	p, err := plugin.Open(filepath.Join(os.Getenv("PLUGIN_DIR"), name+".so"))
	if err != nil { fmt.Println(err); os.Exit(1) }
	s, err := p.Lookup("Run"); if err != nil { panic(err) }
	s.(func())()
}
