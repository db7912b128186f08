from flask import Flask
import psycopg2, redis
app = Flask(__name__)
@app.get("/api")
def api():
    return str(redis.Redis().incr("n"))
