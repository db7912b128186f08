from golang:1.22 as builder
workdir /app
copy . .
run CGO_ENABLED=0 go build -o /app/metrics .

from alpine:3
workdir /app
copy --from=builder /app/metrics /app/metrics
expose 9100
cmd ["/app/metrics"]
