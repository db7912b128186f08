import os
from flask import Flask, jsonify
import git

app = Flask(__name__)

@app.route("/rev/<path:url>")
def rev(url):
    return jsonify(git.cmd.Git().ls_remote("https://" + url, "HEAD"))

@app.route("/")
def index():
    return "ok"
