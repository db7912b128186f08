import structlog
from fastapi import FastAPI
log = structlog.get_logger()
app = FastAPI()
@app.get("/")
def root():
    log.info("hit")
    return {}
