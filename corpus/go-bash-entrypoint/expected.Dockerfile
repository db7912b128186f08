FROM golang:1.22 AS builder

WORKDIR /usr/src/greeter

COPY go.mod .
COPY cmd/ cmd/
RUN CGO_ENABLED=0 \
    go build -trimpath \
    -o /usr/local/bin/greeter ./cmd/greeter

FROM debian:bookworm-slim

WORKDIR /usr/src/greeter
COPY --from=builder /usr/local/bin/greeter /usr/local/bin/greeter

COPY docker-entrypoint.sh /usr/local/bin/
RUN chmod +x /usr/local/bin/docker-entrypoint.sh

ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["greeter", "world"]
