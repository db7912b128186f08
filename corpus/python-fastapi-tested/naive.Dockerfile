ARG PYTHON_VERSION=3.11
FROM python:${PYTHON_VERSION} AS build
WORKDIR /code
COPY requirements.txt requirements-dev.txt /code/
RUN pip install --no-cache-dir -r requirements.txt -r requirements-dev.txt
COPY app /code/app
COPY tests /code/tests
RUN pytest -q

FROM python:${PYTHON_VERSION}-slim
ENV PYTHONDONTWRITEBYTECODE=1
ENV PYTHONUNBUFFERED=1
WORKDIR /code
COPY requirements.txt /code/
RUN pip install --no-cache-dir -r requirements.txt
COPY app /code/app
EXPOSE 80
HEALTHCHECK --interval=30s --timeout=3s \
  CMD curl --fail http://localhost/health || exit 1
CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "80"]
