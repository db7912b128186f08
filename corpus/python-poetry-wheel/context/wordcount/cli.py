import sys
from collections import Counter
from importlib.resources import files

from tabulate import tabulate


def main() -> None:
    ignored = set(files("wordcount").joinpath("stopwords.txt").read_text().split())
    words = [word.lower() for word in sys.argv[1:] if word.lower() not in ignored]
    print(tabulate(sorted(Counter(words).items()), headers=["word", "times"]))
