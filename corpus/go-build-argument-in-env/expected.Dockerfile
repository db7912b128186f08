FROM golang:1.22 AS builder

ARG RELEASE=2024.1
ARG CHANNEL=stable

WORKDIR /app
COPY . .
RUN go build -o bin/about .

FROM debian:bookworm-slim

ARG RELEASE=2024.1
ARG CHANNEL=stable

WORKDIR /app
COPY --from=builder /app/bin/about /app/bin/about

# shown on the status page
ENV APP_RELEASE=${RELEASE}-${CHANNEL}

CMD ["bin/about"]
