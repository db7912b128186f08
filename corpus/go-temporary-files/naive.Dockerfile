FROM golang:1.22 AS build
WORKDIR /src
ADD . .
RUN CGO_ENABLED=0 GOOS=linux go build -a -o sorter .

FROM scratch
WORKDIR /src
COPY --from=build /src/sorter /src/sorter
CMD ["/src/sorter", "pear", "apple", "fig"]
