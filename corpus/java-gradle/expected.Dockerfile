FROM gradle:8.7-jdk17 AS builder
COPY --chown=gradle:gradle . /home/gradle/project
WORKDIR /home/gradle/project
RUN gradle --no-daemon installDist

FROM eclipse-temurin:17-jre
WORKDIR /home/gradle/project
COPY --from=builder /home/gradle/project /home/gradle/project
CMD ["build/install/quotes/bin/quotes"]
VOLUME ["/home/gradle/.gradle"]
