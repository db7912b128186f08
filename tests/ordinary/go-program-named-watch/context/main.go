package main

import (
	"log"
	"net/http"
	"os"
	"os/exec"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		cmd := exec.Command("git", "ls-remote", os.Getenv("NOTIFY_CMD"))
		cmd.Stdin = r.Body
		out, err := cmd.CombinedOutput()
		log.Println(string(out), err)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
