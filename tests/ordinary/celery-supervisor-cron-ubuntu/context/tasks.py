import os
import pylibmc
from celery import Celery
app = Celery("tasks", broker=os.environ.get("REDIS_URL", "redis://redis/0"))
cache = pylibmc.Client(["memcached"], binary=True)
@app.task
def add(a, b):
    cache["last"] = a + b
    return a + b
