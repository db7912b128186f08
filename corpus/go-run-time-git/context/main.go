// changelog lists the subjects of a repository's commits.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func git(arguments ...string) string {
	command := exec.Command("git", arguments...)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "changelog:", err)
		os.Exit(1)
	}
	return strings.TrimSpace(string(output))
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--demo" {
		git("init", "--quiet", "--initial-branch=main", ".")
		git("-c", "user.name=Demo", "-c", "user.email=demo@example.com",
			"commit", "--quiet", "--allow-empty", "--message", "Begin")
	}
	for _, subject := range strings.Split(git("log", "--format=%s"), "\n") {
		fmt.Println("-", subject)
	}
}
