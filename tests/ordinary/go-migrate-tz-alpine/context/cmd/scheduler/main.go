package main

import (
	"database/sql"
	"flag"
	"log"
	"net/http"
	"os"
	"time"

	_ "github.com/lib/pq"
)

func main() {
	addr := flag.String("addr", ":9000", "listen")
	flag.Parse()
	loc, err := time.LoadLocation(os.Getenv("SCHEDULE_TZ"))
	if err != nil {
		log.Fatal(err)
	}
	db, err := sql.Open("postgres", os.Getenv("DB_SOURCE"))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/now", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(time.Now().In(loc).String()))
		_ = db.Ping()
	})
	log.Fatal(http.ListenAndServe(*addr, nil))
}
