FROM golang:1.22 AS builder
WORKDIR /work
COPY . .
RUN go build -o /usr/local/bin/trust ./cmd/trust

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /work
COPY --from=builder /usr/local/bin/trust /usr/local/bin/trust
CMD ["trust"]
