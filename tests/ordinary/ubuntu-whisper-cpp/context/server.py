import os,subprocess
from flask import Flask,request
app=Flask(__name__)
@app.post("/")
def t():
    request.files["f"].save("/tmp/a")
    subprocess.check_call(["ffmpeg","-y","-i","/tmp/a","-ar","16000","/tmp/a.wav"])
    return subprocess.check_output(["whisper","-m",os.environ["MODEL"],"-f","/tmp/a.wav"])
app.run("0.0.0.0",5000)
