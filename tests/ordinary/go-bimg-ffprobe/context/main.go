package main
import ("flag";"io";"net/http";"os";"os/exec";"github.com/h2non/bimg";"gopkg.in/yaml.v3")
type C struct{Dir string}
func main(){c:=flag.String("c","","");flag.Parse();b,_:=os.ReadFile(*c);var k C;yaml.Unmarshal(b,&k)
http.HandleFunc("/ping",func(w http.ResponseWriter,r *http.Request){})
http.HandleFunc("/probe",func(w http.ResponseWriter,r *http.Request){o,_:=exec.Command("ffprobe","-v","error",k.Dir+"/"+r.URL.Query().Get("f")).CombinedOutput();w.Write(o)})
http.HandleFunc("/t",func(w http.ResponseWriter,r *http.Request){b,_:=io.ReadAll(r.Body);o,_:=bimg.NewImage(b).Resize(100,100);w.Write(o)})
http.ListenAndServe(":9000",nil)}
