FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN go build -o /whoami .

FROM alpine:3.20
COPY --from=build /whoami /whoami
WORKDIR /src
ENV PORT=8080
EXPOSE 8080
CMD ["/whoami"]
