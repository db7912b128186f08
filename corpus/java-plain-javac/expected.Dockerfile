FROM eclipse-temurin:17-jdk AS builder
WORKDIR /app
COPY src ./src
RUN mkdir classes && javac -d classes $(find src -name '*.java')

FROM eclipse-temurin:17-jre
WORKDIR /app
COPY --from=builder /app /app
CMD ["java", "-cp", "classes", "com.example.Fizz", "15"]
