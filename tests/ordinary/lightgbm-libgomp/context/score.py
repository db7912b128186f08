import joblib
from flask import Flask, request
app = Flask(__name__)
model = joblib.load("/models/model.joblib")
@app.get("/score")
def score():
    return {"y": float(model.predict([[float(request.args["x"])]])[0])}
