package main
import (
	"database/sql"
	"os"
	"path/filepath"
	"time"
	"github.com/gin-gonic/gin"
	_ "github.com/mattn/go-sqlite3"
)
func main() {
	db, err := sql.Open("sqlite3", "db/guest.db")
	if err != nil { panic(err) }
	files, _ := filepath.Glob("migrations/*.sql")
	for _, f := range files { b, _ := os.ReadFile(f); if _, err := db.Exec(string(b)); err != nil { panic(err) } }
	r := gin.Default()
	r.LoadHTMLGlob("templates/*")
	r.Static("/static", "./static")
	r.GET("/", func(c *gin.Context) { c.HTML(200, "index.tmpl", gin.H{"now": time.Now().Local().String()}) })
	r.Run()
}
