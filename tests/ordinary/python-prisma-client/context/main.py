from fastapi import FastAPI
from prisma import Prisma

app = FastAPI()
db = Prisma()


@app.get("/")
async def notes():
    await db.connect()
    return await db.note.find_many()
