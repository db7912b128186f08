FROM golang:1.22 AS builder
WORKDIR /go/src/guestbook

COPY go.mod ./
RUN go mod download

COPY main.go ./
COPY templates ./templates
RUN go build -o guestbook

FROM debian:bookworm-slim
WORKDIR /go/src/guestbook
COPY templates ./templates
COPY --from=builder /go/src/guestbook/guestbook /go/src/guestbook/guestbook

EXPOSE 3000
ENTRYPOINT ["./guestbook"]
