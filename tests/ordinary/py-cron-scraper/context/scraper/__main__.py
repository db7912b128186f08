import os
import pathlib
import requests
from lxml import html

OUT = pathlib.Path("/opt/scraper/out")

def main():
    OUT.mkdir(exist_ok=True)
    tree = html.fromstring(requests.get(os.environ["TARGET_URL"], timeout=30).text)
    for i, t in enumerate(tree.cssselect("h2")):
        (OUT / f"{i}.txt").write_text(t.text_content())

main()
