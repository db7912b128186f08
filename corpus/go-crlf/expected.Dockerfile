# A file saved on Windows: each line ends with CR LF.
FROM golang:1.22 AS builder

WORKDIR /src
COPY go.mod .
COPY *.go ./
RUN go build \
    -o /usr/local/bin/rot13 \
    .

FROM debian:bookworm-slim

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /src
COPY --from=builder /usr/local/bin/rot13 /usr/local/bin/rot13

ENTRYPOINT ["rot13"]
