FROM rust:1.82 AS builder
RUN cargo install miniserve

FROM debian:bookworm-slim
ENV PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl \
 && rm -rf /var/lib/apt/lists/*
COPY --from=builder /usr/local/cargo/bin/miniserve /usr/local/cargo/bin/miniserve
WORKDIR /srv/files
EXPOSE 8080
HEALTHCHECK --interval=30s CMD curl --fail http://localhost:8080/ || exit 1
ENTRYPOINT ["miniserve", "--port", "8080"]
CMD ["."]
