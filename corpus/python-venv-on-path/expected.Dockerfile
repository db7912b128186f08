FROM python:3.12 AS builder
WORKDIR /srv/app

RUN python -m venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH"

COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

FROM python:3.12-slim
WORKDIR /srv/app
ENV PATH="/opt/venv/bin:$PATH"

COPY requirements.txt .
COPY --from=builder /opt/venv /opt/venv
COPY wsgi.py .

CMD gunicorn --bind 0.0.0.0:8000 --workers 1 wsgi:application
