FROM python:3.11-slim AS builder
WORKDIR /app
COPY catch.py .
RUN mkdir catch

FROM python:3.11-slim
RUN useradd --uid 1500 fisher
WORKDIR /app
COPY --from=builder /app /app
USER fisher
CMD ["python", "catch.py"]
