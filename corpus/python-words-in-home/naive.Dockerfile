FROM python:3.11 AS build
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY names.txt places.txt ./
RUN mkdir -p /root/.cache/spell \
    && sort -u names.txt places.txt > /root/.cache/spell/words.txt
COPY spell.py .

FROM python:3.11-slim
WORKDIR /app
COPY --from=build /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages
COPY --from=build /app /app
ENTRYPOINT ["python", "spell.py"]
CMD ["Karlsruh"]
