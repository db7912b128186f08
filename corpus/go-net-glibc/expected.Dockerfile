FROM golang:1.22 AS builder

WORKDIR /src
COPY . .

# the port is the one the load balancer knows
ENV PORT=8080
RUN go build -o /whoami .

FROM debian:bookworm-slim

WORKDIR /src

ENV PORT=8080

COPY --from=builder /whoami /whoami

EXPOSE 8080
CMD ["/whoami"]
