import os
from flask import Flask, jsonify
from flask_sqlalchemy import SQLAlchemy
from flask_migrate import Migrate
db = SQLAlchemy()
def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("DATABASE_URL", "mysql://root@db/shop")
    app.config["UPLOAD_FOLDER"] = "/app/uploads"
    db.init_app(app); Migrate(app, db)
    @app.get("/")
    def index(): return jsonify(ok=True)
    return app
