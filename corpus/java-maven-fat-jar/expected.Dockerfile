FROM maven:3.9-eclipse-temurin-17 AS builder
WORKDIR /workspace
COPY pom.xml .
RUN mvn -B -q dependency:go-offline
COPY src src
RUN mvn -B -q package

FROM eclipse-temurin:17-jre
WORKDIR /workspace
COPY --from=builder /workspace/target/converter.jar /workspace/target/converter.jar
EXPOSE 8080
CMD ["java", "-jar", "target/converter.jar"]
