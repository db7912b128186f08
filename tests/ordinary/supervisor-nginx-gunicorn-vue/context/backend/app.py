import os, psycopg2
from flask import Flask
app = Flask(__name__)
@app.get('/api/now')
def now():
    with psycopg2.connect(os.environ['DATABASE_URL']) as c, c.cursor() as k:
        k.execute('select now()')
        return str(k.fetchone()[0])
