package main

import (
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"
)

func main() {
	loc, err := time.LoadLocation(os.Getenv("APP_ZONE"))
	if err != nil {
		panic(err)
	}
	r := gin.Default()
	r.LoadHTMLGlob("templates/*")
	r.Static("/static", "./static")
	r.GET("/", func(c *gin.Context) {
		resp, err := http.Get("https://date.example.org/holidays")
		n := 0
		if err == nil {
			n = resp.StatusCode
		}
		c.HTML(http.StatusOK, "index.html", gin.H{"now": time.Now().In(loc).Format(time.RFC1123), "n": n})
	})
	r.Run(":8080")
}
