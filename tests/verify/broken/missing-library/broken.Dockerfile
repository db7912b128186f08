FROM debian:bookworm-slim AS builder
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev libsqlite3-dev
COPY moorings.c /src/
RUN gcc -o /usr/local/bin/moorings /src/moorings.c -lsqlite3

FROM debian:bookworm-slim
COPY --from=builder /usr/local/bin/moorings /usr/local/bin/moorings
CMD ["moorings"]
