import joblib
from flask import Flask, request, jsonify
import text  # noqa: unpickling needs it

app = Flask(__name__)
model = joblib.load("model.pkl")

@app.post("/predict")
def predict():
    return jsonify(model.predict([request.json["text"]])[0])
