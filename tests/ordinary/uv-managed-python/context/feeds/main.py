import ssl
import httpx
from fastapi import FastAPI
app = FastAPI()
ctx = ssl.create_default_context()

@app.get("/feed")
async def feed(url: str):
    async with httpx.AsyncClient(verify=ctx) as c:
        return (await c.get(url)).text
