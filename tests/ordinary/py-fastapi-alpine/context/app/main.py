from fastapi import FastAPI
from sqlalchemy import create_engine
import os
from argon2 import PasswordHasher

app = FastAPI()
engine = create_engine(os.environ.get("DATABASE_URL", "postgresql://db/app"), pool_pre_ping=True)
hasher = PasswordHasher()

@app.get("/health")
def health():
    return {"ok": True}
