package main

import (
	"context"
	"log"
	"time"

	"github.com/spf13/pflag"

	"example.com/configsync/internal/repo"
)

func main() {
	interval := pflag.Duration("interval", time.Minute, "time between syncs")
	url := pflag.String("repo", "git@git.example.com:infra/config.git", "repository")
	pflag.Parse()

	r := repo.Repo{URL: *url, Dir: "work"}
	for {
		ctx, cancel := context.WithTimeout(context.Background(), *interval)
		if err := r.Sync(ctx); err != nil {
			log.Print(err)
		}
		cancel()
		time.Sleep(*interval)
	}
}
