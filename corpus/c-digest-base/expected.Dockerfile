FROM debian@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef AS builder
RUN apt-get update && apt-get install -y gcc libc6-dev
COPY main.c .
RUN gcc -o /usr/local/bin/main main.c

FROM debian@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
COPY --from=builder /usr/local/bin/main /usr/local/bin/main
CMD ["main"]
