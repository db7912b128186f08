FROM golang:1.22 AS builder
WORKDIR /code
COPY . .
RUN go build -o /usr/local/bin/dice .

FROM debian:bookworm-slim
WORKDIR /code
COPY --from=builder /usr/local/bin/dice /usr/local/bin/dice
CMD ["dice"]
