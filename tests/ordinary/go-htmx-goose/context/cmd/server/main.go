package main
import ("database/sql";"html/template";"net/http";"os";"time"
_ "github.com/lib/pq")
func main(){
 db,_:=sql.Open("postgres",os.Getenv("DATABASE_URL"));_=db
 loc,err:=time.LoadLocation("Europe/Paris");if err!=nil{panic(err)}
 t:=template.Must(template.ParseGlob("templates/*.html"))
 http.Handle("/static/",http.StripPrefix("/static/",http.FileServer(http.Dir("static"))))
 http.HandleFunc("/",func(w http.ResponseWriter,r *http.Request){t.ExecuteTemplate(w,"index.html",time.Now().In(loc))})
 http.ListenAndServe(":8080",nil)}
