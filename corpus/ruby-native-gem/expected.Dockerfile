FROM ruby:3.1 AS builder

RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-dev \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY vendor/rowcount vendor/rowcount
# compiles the extension against the system's SQLite
RUN cd vendor/rowcount \
    && gem build rowcount.gemspec \
    && gem install --local --no-document rowcount-1.0.0.gem

FROM ruby:3.1-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-0 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY --from=builder /app /app
COPY --from=builder /usr/local/bundle /usr/local/bundle
COPY count.rb .

CMD ["ruby", "count.rb"]
