FROM debian:bookworm-slim AS builder
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev libsqlite3-dev
COPY tide.c /src/
RUN gcc -o /usr/local/bin/tide /src/tide.c

FROM alpine:3.20
COPY --from=builder /usr/local/bin/tide /usr/local/bin/tide
CMD ["tide"]
