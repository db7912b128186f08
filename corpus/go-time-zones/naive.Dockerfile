FROM golang:1.22 AS build
WORKDIR /opt/clock
COPY . /opt/clock
RUN CGO_ENABLED=0 go build -o clock .

FROM alpine:3.20
ENV TZ=Asia/Kolkata
WORKDIR /opt/clock
COPY --from=build /opt/clock/clock .
CMD ./clock
