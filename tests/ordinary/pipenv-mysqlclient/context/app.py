import os
import MySQLdb
from flask import Flask
app = Flask(__name__)
@app.route("/")
def index():
    db = MySQLdb.connect(host=os.environ.get("DB_HOST", "mysql"), user="root", db="app")
    c = db.cursor(); c.execute("select version()")
    return c.fetchone()[0]
