FROM debian:bookworm-slim AS builder
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev libsqlite3-dev
COPY tide.c /src/
RUN gcc -static -o /usr/local/bin/tide /src/tide.c

FROM gcr.io/distroless/static-debian12
COPY --from=builder /usr/local/bin/tide /usr/local/bin/tide
CMD tide && echo "and coming in"
