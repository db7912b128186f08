FROM python:3.9 AS builder

RUN apt-get update && apt-get install -y locales \
    && sed -i 's/^# *\(de_DE.UTF-8 UTF-8\)/\1/' /etc/locale.gen \
    && locale-gen \
    && rm -rf /var/lib/apt/lists/*
ENV LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8

WORKDIR /rechnung
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

FROM python:3.9-slim

RUN apt-get update && apt-get install -y locales \
    && sed -i 's/^# *\(de_DE.UTF-8 UTF-8\)/\1/' /etc/locale.gen \
    && locale-gen \
    && rm -rf /var/lib/apt/lists/*
ENV LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8

WORKDIR /rechnung
COPY requirements.txt .
COPY --from=builder /usr/local/lib/python3.9/site-packages /usr/local/lib/python3.9/site-packages
COPY --from=builder /usr/local/bin /usr/local/bin
COPY betrag.py .
CMD ["python", "betrag.py", "1234567.5"]
