import subprocess
import magic, psycopg2
from flask import Flask, request
app = Flask(__name__)
@app.post("/type")
def kind():
    return magic.from_buffer(request.get_data(), mime=True)
@app.post("/dump")
def dump():
    return subprocess.check_output(["pg_dump", "--schema-only", "shop"])
