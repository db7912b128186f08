FROM python:3.11-slim AS builder
ENV LOGBOOK=/var/log/harbour.txt
WORKDIR /app
COPY log.py .
RUN python -m py_compile log.py

FROM python:3.11-slim
WORKDIR /app
COPY --from=builder /app /app
CMD ["python", "log.py"]
