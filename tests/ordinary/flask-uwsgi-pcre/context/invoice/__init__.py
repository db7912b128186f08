from flask import Flask, render_template, Response
import weasyprint

app = Flask(__name__)

@app.route("/invoice/<int:n>.pdf")
def invoice(n):
    html = render_template("invoice.html", n=n)
    return Response(weasyprint.HTML(string=html).write_pdf(), mimetype="application/pdf")
