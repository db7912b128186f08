// Package shared draws frames.
package shared

import "strings"

// Frame puts a line above and below a text that ends with a newline.
func Frame(text string) string {
	line := strings.Repeat("-", len(strings.TrimSpace(text))) + "\n"
	return line + text + line
}
