FROM rust:1-slim AS builder
COPY . /src
# units.txt is looked up at run time, below the share directory
RUN cargo install --locked --path /src \
 && install -D -m 644 /src/units.txt /usr/local/share/measure/units.txt

FROM debian:stable-slim

ENV PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*

LABEL maintainer="corpus@example.com"

COPY --from=builder /src/units.txt /src/units.txt
COPY --from=builder /usr/local/cargo/bin/measure /usr/local/cargo/bin/measure
COPY --from=builder /usr/local/share/measure/units.txt /usr/local/share/measure/units.txt

ENTRYPOINT ["measure"]
