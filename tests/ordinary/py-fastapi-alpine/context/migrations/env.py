from alembic import context
from app.main import engine
with engine.connect() as c:
    context.configure(connection=c)
    with context.begin_transaction():
        context.run_migrations()
