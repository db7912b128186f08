FROM python:3.12-slim AS builder

WORKDIR /opt/wordcount

COPY pyproject.toml README.md ./
COPY wordcount/ ./wordcount/

# One layer: git is asked for by the build backend, poetry builds the wheel, the wheel is the product.
RUN apt-get update && apt-get install -y --no-install-recommends git \
    && pip install --no-cache-dir poetry==1.8.5 \
    && poetry build --format wheel \
    && pip install --no-cache-dir dist/*.whl \
    && rm -rf /var/lib/apt/lists/*

FROM python:3.12-slim

WORKDIR /opt/wordcount
COPY --from=builder /opt/wordcount /opt/wordcount

RUN pip install --no-cache-dir dist/*.whl

ENTRYPOINT ["wordcount"]
