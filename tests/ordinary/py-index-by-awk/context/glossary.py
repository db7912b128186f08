from pathlib import Path

from flask import Flask

app = Flask(__name__)
HERE = Path(__file__).parent


@app.get("/")
def index():
    return (HERE / "index.tsv").read_text() + (HERE / "words.txt").read_text()
