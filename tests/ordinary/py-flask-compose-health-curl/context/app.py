import logging
from datetime import datetime
from flask import Flask, render_template
from flask_sqlalchemy import SQLAlchemy
app = Flask(__name__, instance_relative_config=True)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///notes.db"
db = SQLAlchemy(app)
logging.basicConfig(filename="logs/web.log")
class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    text = db.Column(db.Text)
with app.app_context():
    db.create_all()
@app.get("/")
def index():
    return render_template("index.html", now=datetime.now(), notes=Note.query.all())
@app.get("/healthz")
def healthz():
    return "ok"
