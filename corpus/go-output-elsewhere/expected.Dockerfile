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
LABEL org.opencontainers.image.title="slugs"
WORKDIR /build
COPY --from=builder /usr/local/bin/slugs /usr/local/bin/slugs

ENTRYPOINT ["slugs"]
CMD ["--help"]
