FROM golang:1.22 AS builder
WORKDIR /src
COPY . .
RUN go build -o /usr/bin/changelog .

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git openssh-client \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY --from=builder /usr/bin/changelog /usr/bin/changelog
WORKDIR /repo
ENTRYPOINT ["/usr/bin/changelog"]
