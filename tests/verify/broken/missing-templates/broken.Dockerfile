FROM python:3.11-slim AS builder
WORKDIR /app
COPY . .
RUN python -m compileall -q .

FROM python:3.11-slim
WORKDIR /app
COPY --from=builder /app/harbour.py /app/harbour.py
EXPOSE 8000
CMD ["python", "harbour.py"]
