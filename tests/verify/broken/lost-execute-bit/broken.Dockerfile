FROM debian:bookworm-slim
COPY watch.sh /usr/local/bin/watch
CMD ["watch"]
