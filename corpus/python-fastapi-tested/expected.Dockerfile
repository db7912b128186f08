ARG PYTHON_VERSION=3.11
FROM python:${PYTHON_VERSION} AS builder

ENV PYTHONDONTWRITEBYTECODE=1
ENV PYTHONUNBUFFERED=1

WORKDIR /code
COPY requirements.txt requirements-dev.txt /code/
RUN pip install --no-cache-dir -r requirements.txt -r requirements-dev.txt
COPY app /code/app
COPY tests /code/tests

# a build whose tests fail is not an image
RUN pytest -q

FROM python:${PYTHON_VERSION}-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends curl \
 && rm -rf /var/lib/apt/lists/*

ENV PYTHONDONTWRITEBYTECODE=1
ENV PYTHONUNBUFFERED=1

WORKDIR /code
COPY requirements.txt requirements-dev.txt /code/
COPY --from=builder /usr/local/lib /usr/local/lib
COPY --from=builder /usr/local/bin /usr/local/bin
COPY app /code/app
COPY tests /code/tests

EXPOSE 80
HEALTHCHECK --interval=30s --timeout=3s \
  CMD curl --fail http://localhost/health || exit 1
CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "80"]
