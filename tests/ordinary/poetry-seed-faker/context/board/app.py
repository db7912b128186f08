from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return "ok"


@app.cli.command("seed")
def seed():
    from faker import Faker

    print(Faker().name())
