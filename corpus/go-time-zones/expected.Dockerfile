FROM golang:1.22 AS builder
ENV TZ=Asia/Kolkata
WORKDIR /opt/clock
COPY . /opt/clock
RUN CGO_ENABLED=0 go build -o clock .

FROM alpine:3
COPY --from=builder /usr/share/zoneinfo /usr/share/zoneinfo
ENV TZ=Asia/Kolkata
WORKDIR /opt/clock
COPY --from=builder /opt/clock/clock /opt/clock/clock
CMD ./clock
