FROM debian:bookworm AS builder
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev make \
 && rm -rf /var/lib/apt/lists/*
COPY . /usr/src/primes
WORKDIR /usr/src/primes
RUN make && make install && ldconfig

FROM debian:bookworm-slim
WORKDIR /usr/src/primes
COPY --from=builder /usr/local/bin/primes /usr/local/bin/primes
COPY --from=builder /usr/local/lib/libsieve.so.1 /usr/local/lib/libsieve.so.1
RUN ldconfig
WORKDIR /
CMD ["primes", "30"]
