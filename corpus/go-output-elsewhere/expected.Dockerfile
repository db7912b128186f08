FROM golang:1.21 AS builder
ARG VERSION=dev
WORKDIR /build

COPY go.mod main.go ./
RUN go vet ./... \
 && go test ./... \
 && go build \
      -ldflags "-s -w -X main.version=${VERSION}" \
      -o /usr/local/bin/slugs \
      .

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*
LABEL org.opencontainers.image.title="slugs"
WORKDIR /build
COPY --from=builder /usr/local/bin/slugs /usr/local/bin/slugs

ENTRYPOINT ["slugs"]
CMD ["--help"]
