import ctypes

from flask import Flask

sonar = ctypes.CDLL("libsonar.so.2")
app = Flask(__name__)


@app.get("/")
def depth():
    return {"depth": sonar.depth()}


app.run(host="0.0.0.0")
