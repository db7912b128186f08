import magic
from fastapi import FastAPI, UploadFile
app = FastAPI()
@app.get("/healthz")
def ok(): return {"ok": True}
@app.post("/")
async def up(f: UploadFile): return {"mime": magic.from_buffer(await f.read(2048), mime=True)}
