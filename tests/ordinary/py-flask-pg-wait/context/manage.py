from flask.cli import FlaskGroup
from project import app, db

cli = FlaskGroup(app)

@cli.command("create_db")
def create_db():
    with app.app_context():
        db.create_all()
        db.session.commit()

if __name__ == "__main__":
    cli()
