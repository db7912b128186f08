import nltk
import spacy
import streamlit as st
from sentence_transformers import SentenceTransformer
from nltk.corpus import stopwords

nlp = spacy.load("en_core_web_sm")
model = SentenceTransformer("all-MiniLM-L6-v2")
text = st.text_area("Text", "Hello there. General.")
for sentence in nltk.sent_tokenize(text):
    words = [w for w in sentence.split() if w not in stopwords.words("english")]
    st.write(words, [e.text for e in nlp(sentence).ents], model.encode(sentence)[:3])
