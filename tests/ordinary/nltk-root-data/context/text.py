from nltk.corpus import stopwords
from nltk.tokenize import word_tokenize

STOP = set(stopwords.words("english"))

def tokens(t):
    return [w for w in word_tokenize(t.lower()) if w not in STOP]
