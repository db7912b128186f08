from fastapi import FastAPI,UploadFile
import nltk,spacy,librosa
from pydub import AudioSegment
nlp=spacy.load("en_core_web_sm")
app=FastAPI()
@app.get("/t")
def t(q:str): return nltk.word_tokenize(q)
@app.post("/a")
def a(f:UploadFile):
    s=AudioSegment.from_file(f.file); return {"ms":len(s)}
