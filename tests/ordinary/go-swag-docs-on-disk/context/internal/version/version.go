package version

//go:generate sh -c "date -u +%Y%m%d > stamp.txt"

import _ "embed"

//go:embed stamp.txt
var stamp string

func Text() string { return stamp }
