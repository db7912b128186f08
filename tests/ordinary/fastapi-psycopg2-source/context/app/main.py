import os
from fastapi import FastAPI
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from .models import Item

engine = create_engine(os.environ["DATABASE_URL"])
app = FastAPI()

@app.get("/items")
def items():
    with Session(engine) as s:
        return [{"id": i.id, "name": i.name} for i in s.scalars(select(Item))]
