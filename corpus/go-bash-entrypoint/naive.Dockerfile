FROM golang:1.22 AS build
WORKDIR /usr/src/greeter
COPY go.mod .
COPY cmd/ cmd/
RUN CGO_ENABLED=0 go build -trimpath -o /usr/local/bin/greeter ./cmd/greeter

FROM alpine:3.20
WORKDIR /usr/src/greeter
COPY --from=build /usr/local/bin/greeter /usr/local/bin/greeter
COPY --chmod=755 docker-entrypoint.sh /usr/local/bin/
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["greeter", "world"]
