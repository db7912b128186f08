# A file saved on Windows: each line ends with CR LF.
FROM golang:1.22 AS builder

WORKDIR /src
COPY go.mod .
COPY *.go ./
RUN go build \
    -o /usr/local/bin/rot13 \
    .

FROM debian:bookworm-slim

WORKDIR /src
COPY --from=builder /usr/local/bin/rot13 /usr/local/bin/rot13

ENTRYPOINT ["rot13"]
