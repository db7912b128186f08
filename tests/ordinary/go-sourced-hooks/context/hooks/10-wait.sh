until pg_isready -h db -q; do sleep 1; done
curl -fsS "$CONFIG_URL" > /app/config.json
