FROM debian:bookworm AS builder

RUN <<EOF
set -e
apt-get update
apt-get install -y --no-install-recommends gcc libc6-dev
rm -rf /var/lib/apt/lists/*
EOF

WORKDIR /work
COPY <<'SOURCE' main.c
#include <stdio.h>

int main(void) {
    puts("from a heredoc");
    return 0;
}
SOURCE

RUN <<EOF
cc -O2 -o /usr/local/bin/hello main.c
hello | grep -q heredoc
EOF

FROM debian:bookworm-slim

WORKDIR /work
COPY --from=builder /usr/local/bin/hello /usr/local/bin/hello
COPY --from=builder /work /work

CMD ["hello"]
