package main

import (
	"database/sql"
	"log"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"
	"github.com/joho/godotenv"
	_ "github.com/mattn/go-sqlite3"
)

func main() {
	if err := godotenv.Load(); err != nil {
		log.Fatal("Error loading .env file")
	}
	db, err := sql.Open("sqlite3", os.Getenv("DB_PATH"))
	if err != nil {
		log.Fatal(err)
	}
	schema, err := os.ReadFile("db/schema.sql")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := db.Exec(string(schema)); err != nil {
		log.Fatal(err)
	}
	r := gin.Default()
	r.LoadHTMLGlob("templates/**/*")
	r.Static("/assets", "./public")
	r.GET("/", func(c *gin.Context) { c.HTML(http.StatusOK, "notes/index.tmpl", gin.H{"t": "Notes"}) })
	r.GET("/weather", func(c *gin.Context) {
		resp, err := http.Get("https://wttr.in/?format=3")
		if err != nil {
			c.String(502, err.Error())
			return
		}
		c.DataFromReader(200, -1, "text/plain", resp.Body, nil)
	})
	r.Run()
}
