FROM golang:1.22 AS builder

COPY service /srv/service
COPY shared  /srv/shared

# each RUN starts again from the WORKDIR and without the variables of the one before
RUN cd /srv/shared && go vet ./...
RUN set -e; \
    cd /srv/service; \
    # a static binary, as the machines differ
    export CGO_ENABLED=0; \
    flags="-s -w"; \
    go build -ldflags "$flags" -o /srv/run/service . ; \
    cp banner.txt /srv/run/

FROM alpine:3

COPY --from=builder /srv/run /srv/run

WORKDIR /srv/run
CMD ["./service"]
