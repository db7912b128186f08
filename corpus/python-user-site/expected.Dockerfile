FROM python:3.10 AS builder
# Nothing here runs as root once the account is there.
RUN groupadd --gid 1500 app && useradd --uid 1500 --gid app --create-home app
USER app
WORKDIR /home/app
ENV PATH=/home/app/.local/bin:$PATH

COPY --chown=app:app requirements.txt ./
RUN pip install --user --no-cache-dir -r requirements.txt

FROM python:3.10-slim
RUN groupadd --gid 1500 app && useradd --uid 1500 --gid app --create-home app
USER app
WORKDIR /home/app
ENV PATH=/home/app/.local/bin:$PATH

COPY --chown=app:app requirements.txt ./
COPY --from=builder --chown=app /home/app/.local /home/app/.local
COPY --chown=app:app bottle_app.py ./

EXPOSE 8080
CMD ["python", "bottle_app.py"]
