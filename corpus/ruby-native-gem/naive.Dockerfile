FROM ruby:3.1 AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY vendor/rowcount vendor/rowcount
RUN cd vendor/rowcount \
    && gem build rowcount.gemspec \
    && gem install --local --no-document rowcount-1.0.0.gem

FROM ruby:3.1-slim
WORKDIR /app
COPY --from=build /usr/local/bundle /usr/local/bundle
COPY count.rb .
CMD ["ruby", "count.rb"]
