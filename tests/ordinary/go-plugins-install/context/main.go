package main
import ("net/http";"os/exec";"path/filepath";"plugin")
func main(){ fs,_:=filepath.Glob("/go/plugins/*.so");for _,f:=range fs{p,err:=plugin.Open(f);if err!=nil{panic(err)};s,_:=p.Lookup("Init");s.(func())()}
http.HandleFunc("/hook",func(w http.ResponseWriter,r *http.Request){o,_:=exec.Command("make","-C","hooks",r.URL.Query().Get("t")).CombinedOutput();w.Write(o)})
http.ListenAndServe(":7000",nil)}
