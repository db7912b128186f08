FROM golang:1.22-alpine AS builder
RUN apk add --no-cache git tzdata
WORKDIR /src
COPY . .
RUN go build -o /bin/dawn .

FROM alpine:3.21
RUN apk add --no-cache tzdata
WORKDIR /src
COPY --from=builder /bin/dawn /bin/dawn
ENV TZ=Pacific/Auckland
CMD ["dawn"]
