FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN go build -o /usr/bin/changelog .

FROM debian:bookworm-slim
COPY --from=build /usr/bin/changelog /usr/bin/changelog
WORKDIR /repo
ENTRYPOINT ["/usr/bin/changelog"]
