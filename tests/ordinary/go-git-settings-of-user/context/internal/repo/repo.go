package repo

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

type Repo struct {
	URL, Dir string
}

func run(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %v: %w\n%s", name, args, err, out)
	}
	return nil
}

func (r Repo) Sync(ctx context.Context) error {
	if _, err := os.Stat(r.Dir); os.IsNotExist(err) {
		if err := run(ctx, "", "git", "clone", r.URL, r.Dir); err != nil {
			return err
		}
	}
	if err := run(ctx, r.Dir, "git", "pull", "--rebase"); err != nil {
		return err
	}
	if err := os.WriteFile(r.Dir+"/LAST_SYNC", []byte(time.Now().Format(time.RFC3339)), 0o644); err != nil {
		return err
	}
	if err := run(ctx, r.Dir, "git", "commit", "-a", "-m", "sync mark", "--allow-empty"); err != nil {
		return err
	}
	return run(ctx, r.Dir, "git", "push")
}
