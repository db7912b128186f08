# syntax=docker/dockerfile:1
FROM python:3.12 AS builder

WORKDIR /app
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    pip install -r requirements.txt

FROM python:3.12-slim

WORKDIR /app
COPY requirements.txt .
COPY --from=builder /usr/local/lib/python3.12/site-packages /usr/local/lib/python3.12/site-packages
COPY --from=builder /usr/local/bin /usr/local/bin
COPY app.py .
CMD ["python", "app.py"]
