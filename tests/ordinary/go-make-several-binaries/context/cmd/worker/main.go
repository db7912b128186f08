package main

import (
	"log"
	"net/http"
	"time"

	"github.com/parcelio/parcel/internal/config"
)

func main() {
	c, err := config.Load("configs/config.yaml")
	if err != nil {
		log.Fatal(err)
	}
	for {
		resp, err := http.Get(c.Tracker)
		if err == nil {
			log.Println(resp.Status)
			resp.Body.Close()
		}
		time.Sleep(time.Minute)
	}
}
