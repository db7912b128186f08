import subprocess
from flask import Flask,request
app=Flask(__name__)
@app.post("/api/pdf")
def p():
    return subprocess.run(["pandoc","-o","/tmp/o.pdf"],input=request.data).returncode.__str__()
