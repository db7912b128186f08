import json
import pathlib
import sys

import platformdirs

model = json.loads((pathlib.Path(platformdirs.user_cache_dir("guess")) / "model.json").read_text())
text = " ".join(sys.argv[1:]) or "the hat"
print(max(model, key=lambda name: sum(model[name].get(letter, 0) for letter in text)))
