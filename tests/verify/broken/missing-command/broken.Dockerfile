FROM python:3.11-slim AS builder
RUN apt-get update && apt-get install -y --no-install-recommends bc
WORKDIR /app
COPY depth.py .
RUN python -m py_compile depth.py

FROM python:3.11-slim
WORKDIR /app
COPY --from=builder /app /app
CMD ["python", "depth.py"]
