import os
from alembic import context
from sqlalchemy import create_engine
from app.models import Base

engine = create_engine(os.environ.get("DATABASE_URL", context.config.get_main_option("sqlalchemy.url")))
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
