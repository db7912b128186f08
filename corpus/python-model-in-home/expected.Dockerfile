FROM python:3.11 AS builder
WORKDIR /app

COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

# the first request should not have to wait for this
COPY prepare.py .
RUN python prepare.py

FROM python:3.11-slim
WORKDIR /app
COPY --from=builder /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages
COPY --from=builder /usr/local/bin /usr/local/bin
COPY --from=builder /app /app
COPY --from=builder /root /root

COPY guess.py .
ENTRYPOINT ["python", "guess.py"]
