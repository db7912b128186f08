import psycopg2, os
from celery import Celery
app = Celery("tasks"); app.config_from_object("celeryconfig")
@app.task
def refresh():
    with psycopg2.connect(os.environ["DSN"]) as c: c.cursor().execute("refresh materialized view stats")
