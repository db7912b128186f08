import argparse, pathlib, time
import pytesseract
from pdf2image import convert_from_path

def run(p, out):
    text = "\n".join(pytesseract.image_to_string(img, lang="deu+eng") for img in convert_from_path(p, dpi=200))
    (out / (p.stem + ".txt")).write_text(text)

if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--watch", type=pathlib.Path)
    a = ap.parse_args()
    out = a.watch.parent / "out"
    while True:
        for p in a.watch.glob("*.pdf"):
            run(p, out)
            p.unlink()
        time.sleep(5)
