FROM debian:bookworm AS builder
# msb: keep
RUN apt-get update && apt-get install -y --no-install-recommends strace && rm -rf /var/lib/apt/lists/*
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY seven.c .
RUN gcc -o /usr/local/bin/seven seven.c

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends strace && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY --from=builder /usr/local/bin/seven /usr/local/bin/seven
CMD ["seven"]
