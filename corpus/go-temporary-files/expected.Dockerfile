FROM golang:1.22 AS builder
WORKDIR /src
ADD . .
RUN CGO_ENABLED=0 GOOS=linux go build -a -o sorter .

FROM alpine:3
WORKDIR /src
COPY --from=builder /src/sorter /src/sorter
CMD ["/src/sorter", "pear", "apple", "fig"]
