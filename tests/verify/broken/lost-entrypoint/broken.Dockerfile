FROM python:3.11-slim AS builder
WORKDIR /app
COPY knots.py .
RUN python -m py_compile knots.py

FROM python:3.11-slim
WORKDIR /app
COPY --from=builder /app /app
CMD ["5"]
