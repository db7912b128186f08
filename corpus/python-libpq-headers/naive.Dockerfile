FROM python:3.11-slim AS build
RUN apt-get update; \
    apt-get install -y --no-install-recommends gcc libc6-dev libpq-dev; \
    rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt

FROM python:3.11-slim
STOPSIGNAL SIGINT
WORKDIR /app
COPY --from=build /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages
COPY requirements.txt ./
COPY . .
CMD [ "python", "./version.py" ]
