"""Prints the known word that is nearest to each argument."""
import difflib
import pathlib
import sys

import platformdirs

words = (pathlib.Path(platformdirs.user_cache_dir("spell")) / "words.txt").read_text().split()
for word in sys.argv[1:]:
    print(difflib.get_close_matches(word, words, n=1)[0])
