FROM debian:bookworm AS builder
RUN apt-get update && apt-get install -y gcc libc6-dev libfrobnicate-dev
WORKDIR /src
COPY main.c .
RUN gcc -o /usr/local/bin/frob main.c -lfrobnicate

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y libfrobnicate-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY --from=builder /usr/local/bin/frob /usr/local/bin/frob
CMD ["frob"]
