package main

import (
	"log"
	"os"
	"os/exec"
	"strings"
	"time"
)

func sync(url string) error {
	name := url[strings.LastIndex(url, "/")+1:]
	if _, err := os.Stat(name); os.IsNotExist(err) {
		return run("clone", "--mirror", url, name)
	}
	return run("-C", name, "remote", "update", "--prune")
}

func run(args ...string) error {
	cmd := exec.Command("git", args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

func main() {
	for {
		for _, u := range strings.Split(os.Getenv("MIRROR_URLS"), ",") {
			if err := sync(u); err != nil {
				log.Println(u, err)
			}
		}
		time.Sleep(5 * time.Minute)
	}
}
