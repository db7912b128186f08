import io
import mimetypes
import os
import smtplib
from email.message import EmailMessage

from flask import Flask, send_from_directory
from openpyxl import Workbook

app = Flask(__name__, static_folder="assets")
OUT = os.environ.get("REPORT_DIR", "/tmp/reports")


@app.get("/report")
def report():
    os.makedirs(OUT, exist_ok=True)
    wb = Workbook()
    wb.active.append(["day", "visits"])
    wb.save(os.path.join(OUT, "visits.xlsx"))
    return send_from_directory(OUT, "visits.xlsx")


@app.post("/mail/<to>")
def mail(to):
    report()
    path = os.path.join(OUT, "visits.xlsx")
    kind, _ = mimetypes.guess_type(path)
    main, sub = (kind or "application/octet-stream").split("/")
    msg = EmailMessage()
    msg["To"], msg["Subject"] = to, "Report"
    with open(path, "rb") as f:
        msg.add_attachment(f.read(), maintype=main, subtype=sub, filename="visits.xlsx")
    with smtplib.SMTP(os.environ.get("SMTP_HOST", "mail")) as s:
        s.send_message(msg)
    return "sent"
