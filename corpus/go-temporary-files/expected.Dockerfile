FROM golang:1.22 AS builder
WORKDIR /src
ADD . .
RUN CGO_ENABLED=0 GOOS=linux go build -a -o sorter .

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY --from=builder /src/sorter /src/sorter
CMD ["/src/sorter", "pear", "apple", "fig"]
