import psutil
from flask import Flask

app = Flask(__name__)


@app.get("/")
def load():
    return {"load": psutil.getloadavg()}
