FROM python:3.9 AS build
WORKDIR /rechnung
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

FROM python:3.9-slim
ENV LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8
WORKDIR /rechnung
COPY --from=build /usr/local/lib/python3.9/site-packages /usr/local/lib/python3.9/site-packages
COPY betrag.py .
CMD ["python", "betrag.py", "1234567.5"]
