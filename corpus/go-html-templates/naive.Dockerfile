FROM golang:1.22 AS build
WORKDIR /go/src/guestbook
COPY go.mod ./
RUN go mod download
COPY main.go ./
COPY templates ./templates
RUN CGO_ENABLED=0 go build -o guestbook

FROM alpine:3.20
WORKDIR /go/src/guestbook
COPY --from=build /go/src/guestbook/guestbook ./
EXPOSE 3000
ENTRYPOINT ["./guestbook"]
