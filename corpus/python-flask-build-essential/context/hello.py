from flask import Flask, render_template
from markupsafe import _speedups  # fails unless it was compiled

app = Flask(__name__)


@app.get("/")
def index():
    return render_template("index.html", compiled=_speedups.__name__)
