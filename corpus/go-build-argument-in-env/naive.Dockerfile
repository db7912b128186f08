FROM golang:1.22 AS build
ARG RELEASE=2024.1
ARG CHANNEL=stable
WORKDIR /app
COPY . .
RUN go build -o bin/about .

FROM debian:bookworm-slim
WORKDIR /app
COPY --from=build /app/bin/about bin/about
ENV APP_RELEASE=${RELEASE}-${CHANNEL}
CMD ["bin/about"]
