from pathlib import Path

from flask import Flask

app = Flask(__name__)
RELEASE = Path("/etc/lighthouse-release").read_text().strip()


@app.get("/")
def index():
    return {"release": RELEASE}
