package web

import (
	"embed"
	"net/http"
)

//go:embed page
var files embed.FS

func Handler() http.Handler { return http.FileServer(http.FS(files)) }
