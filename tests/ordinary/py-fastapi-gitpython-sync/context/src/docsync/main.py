import os
import markdown, yaml
from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse
from git import Repo
with open(os.environ["DOCS_SETTINGS"]) as f:
    settings = yaml.safe_load(f)
app = FastAPI()
@app.post("/sync")
def sync():
    if os.path.isdir(settings["path"]):
        Repo(settings["path"]).remotes.origin.pull()
    else:
        Repo.clone_from(settings["repo"], settings["path"])
    return {"ok": True}
@app.get("/{page:path}", response_class=HTMLResponse)
def page(page: str):
    name = os.path.join(settings["path"], page + ".md")
    if not os.path.exists(name):
        raise HTTPException(404)
    return markdown.markdown(open(name).read())
