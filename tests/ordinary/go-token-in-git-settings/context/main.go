package main

import (
	"log"
	"os/exec"
	"time"
)

func main() {
	for range time.Tick(time.Hour) {
		if out, err := exec.Command("git", "ls-remote", "https://gitlab.example.org/team/site").CombinedOutput(); err != nil {
			log.Printf("%s: %s", err, out)
		}
	}
}
