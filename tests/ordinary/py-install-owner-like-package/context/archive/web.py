import subprocess

from flask import Flask, request

app = Flask(__name__)


@app.post("/letters")
def seal():
    command = ["gpg", "--batch", "--trust-model", "always", "-r", "office@example.org", "-e"]
    return subprocess.run(command, input=request.data, capture_output=True, check=True).stdout
