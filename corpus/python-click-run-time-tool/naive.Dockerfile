FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 \
    POETRY_VIRTUALENVS_CREATE=false
RUN apt-get update \
  && apt-get install --yes --no-install-recommends figlet gcc \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN pip install poetry==1.8.5
RUN poetry export --without-hashes -f requirements.txt -o requirements.txt
RUN poetry build

FROM python:3.11-slim
ENV PIP_NO_CACHE_DIR=1 \
    POETRY_VIRTUALENVS_CREATE=false
COPY --from=build /build/requirements.txt /build/dist/*.whl /tmp/
RUN pip install -r /tmp/requirements.txt && pip install --no-deps /tmp/*.whl
WORKDIR /
ENTRYPOINT ["banner"]
CMD ["--help"]
