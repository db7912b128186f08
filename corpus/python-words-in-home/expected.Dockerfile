FROM python:3.11 AS builder
WORKDIR /app

COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

# spell.py looks for its words where users keep theirs
COPY names.txt places.txt ./
RUN mkdir -p /root/.cache/spell \
    && sort -u names.txt places.txt > /root/.cache/spell/words.txt

FROM python:3.11-slim
WORKDIR /app

COPY requirements.txt .
COPY --from=builder /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages
COPY --from=builder /usr/local/bin /usr/local/bin

COPY names.txt places.txt ./
RUN mkdir -p /root/.cache/spell

COPY --from=builder /root/.cache/spell/words.txt /root/.cache/spell/words.txt

COPY spell.py .
ENTRYPOINT ["python", "spell.py"]
CMD ["Karlsruh"]
