import locale
import plyvel, pytesseract, requests
from fastapi import FastAPI, UploadFile
from pdf2image import convert_from_bytes
from weasyprint import HTML
locale.setlocale(locale.LC_ALL, '')
db = plyvel.DB('/cache/db', create_if_missing=True)
app = FastAPI()
@app.post('/ocr')
async def ocr(f: UploadFile):
    return [pytesseract.image_to_string(p, lang='deu') for p in convert_from_bytes(await f.read())]
@app.get('/pdf')
def pdf(url: str):
    return HTML(string=requests.get(url).text).write_pdf()
