FROM python:3.11-slim AS builder
ENV PIP_NO_CACHE_DIR=1 \
    POETRY_VIRTUALENVS_CREATE=false

RUN apt-get update \
  && apt-get install --yes --no-install-recommends \
       figlet \
       gcc \
  && rm -rf /var/lib/apt/lists/*

WORKDIR /build
COPY . .
RUN pip install poetry==1.8.5
RUN poetry export --without-hashes -f requirements.txt -o requirements.txt
RUN poetry build
RUN pip install -r requirements.txt && pip install --no-deps dist/*.whl

FROM python:3.11-slim
ENV PIP_NO_CACHE_DIR=1 \
    POETRY_VIRTUALENVS_CREATE=false

RUN apt-get update \
  && apt-get install --yes --no-install-recommends \
       figlet \
  && rm -rf /var/lib/apt/lists/*

WORKDIR /build
COPY --from=builder /build /build
COPY --from=builder /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages
COPY --from=builder /usr/local/bin /usr/local/bin

WORKDIR /
ENTRYPOINT ["banner"]
CMD ["--help"]
