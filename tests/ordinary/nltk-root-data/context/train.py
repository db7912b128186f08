import joblib, pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from text import tokens

df = pd.read_csv("data/train.csv")
p = make_pipeline(TfidfVectorizer(tokenizer=tokens), LogisticRegression())
p.fit(df["text"], df["label"])
joblib.dump(p, "model.pkl")
