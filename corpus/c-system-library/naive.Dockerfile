FROM debian:bookworm-slim AS build
RUN apt-get update && \
    apt-get install -y --no-install-recommends gcc libc6-dev libsqlite3-dev && \
    apt-get clean && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/tally
COPY tally.c .
RUN gcc -O2 -o /usr/local/bin/tally tally.c -lsqlite3

FROM debian:bookworm-slim
WORKDIR /opt/tally
COPY --from=build /usr/local/bin/tally /usr/local/bin/tally
VOLUME /data
ENTRYPOINT ["tally", "/data/tally.db"]
CMD ["visits"]
