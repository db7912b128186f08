FROM rust:1 AS builder
WORKDIR /usr/src/leap
COPY . .
RUN cargo build --release

FROM debian:stable-slim
WORKDIR /usr/src/leap
COPY --from=builder /usr/src/leap/target/release/leap /usr/src/leap/target/release/leap
CMD ["./target/release/leap"]
