FROM python:3.11 AS builder

ARG INDEX_TOKEN=none
ENV GREETING="Guten Tag"
WORKDIR /app
COPY requirements.txt .
# an index of our own wants a token; the public one ignores it
RUN test -n "${INDEX_TOKEN}" && pip install --no-cache-dir -r requirements.txt

FROM python:3.11-slim
ENV GREETING="Guten Tag"
WORKDIR /app
COPY requirements.txt .
COPY --from=builder /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages
COPY --from=builder /usr/local/bin /usr/local/bin
COPY hello.py .
CMD ["python", "hello.py"]
