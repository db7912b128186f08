FROM debian:bookworm AS builder
RUN apt-get update && apt-get install -y --no-install-recommends autoconf automake gcc libc6-dev make
WORKDIR /tmp/echoes
COPY . .
RUN autoreconf --install && ./configure --prefix=/usr && make && make install

FROM debian:bookworm-slim
WORKDIR /tmp/echoes
COPY --from=builder /usr/bin/echoes /usr/bin/echoes
CMD ["echoes", "hello"]
