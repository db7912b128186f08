FROM eclipse-temurin:17-jdk AS build
WORKDIR /calc
COPY Calculator.java ./
RUN javac Calculator.java

FROM eclipse-temurin:17-jre
WORKDIR /calc
COPY --from=build /calc /calc
ENTRYPOINT ["java", "-cp", "/calc", "Calculator"]
CMD ["6 * 7"]
