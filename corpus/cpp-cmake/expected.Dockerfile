FROM debian:bookworm AS builder
RUN apt-get update && apt-get install -y --no-install-recommends \
        # the generator
        cmake \
        # and what it drives
        g++ \
        make \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /src
COPY . .
RUN cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build
RUN cp build/histogram /usr/local/bin/

FROM debian:bookworm-slim

WORKDIR /src
COPY --from=builder /usr/local/bin/histogram /usr/local/bin/histogram

ENTRYPOINT ["histogram"]
CMD ["mississippi"]
