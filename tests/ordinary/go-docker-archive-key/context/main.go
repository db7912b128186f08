package main

import (
	"fmt"
	"os/exec"
)

var version string

func main() {
	out, err := exec.Command("docker", "ps", "--format", "{{.Names}}").Output()
	fmt.Println(version, string(out), err)
}
