FROM golang:1.22 AS build
WORKDIR /work
COPY . .
RUN CGO_ENABLED=0 go build -o /usr/local/bin/trust ./cmd/trust

FROM debian:bookworm-slim
WORKDIR /work
COPY --from=build /usr/local/bin/trust /usr/local/bin/trust
CMD ["trust"]
