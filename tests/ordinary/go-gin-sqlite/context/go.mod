module example.org/notes

go 1.21

require (
	github.com/gin-gonic/gin v1.9.1
	github.com/joho/godotenv v1.5.1
	github.com/mattn/go-sqlite3 v1.14.17
)
