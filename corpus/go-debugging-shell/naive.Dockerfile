FROM golang:1.22 AS build
WORKDIR /app
COPY . .
RUN CGO_ENABLED=0 go build -o /app/metrics .

FROM gcr.io/distroless/static-debian12
WORKDIR /app
COPY --from=build /app/metrics /app/metrics
EXPOSE 9100
CMD ["/app/metrics"]
