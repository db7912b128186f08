module github.com/example/calendar

go 1.22

require (
	github.com/go-chi/chi/v5 v5.0.12
	github.com/golang-migrate/migrate/v4 v4.17.0
	github.com/lib/pq v1.10.9
)
