FROM debian:bookworm-slim AS builder
RUN useradd --create-home keeper
COPY watch.sh /usr/local/bin/watch
RUN chmod 755 /usr/local/bin/watch

FROM debian:bookworm-slim
COPY --from=builder /usr/local/bin/watch /usr/local/bin/watch
USER keeper
CMD ["watch"]
