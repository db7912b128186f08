FROM debian:trixie-slim AS builder
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY parse.c /src/
RUN gcc -o /usr/local/bin/parse /src/parse.c

FROM debian:bookworm-slim
COPY --from=builder /usr/local/bin/parse /usr/local/bin/parse
CMD ["parse", "12"]
