FROM python:3.12 AS build
WORKDIR /srv/app
RUN python -m venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH"
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

FROM python:3.12-slim
WORKDIR /srv/app
COPY --from=build /opt/venv/lib/python3.12/site-packages /usr/local/lib/python3.12/site-packages
COPY wsgi.py .
CMD gunicorn --bind 0.0.0.0:8000 --workers 1 wsgi:application
