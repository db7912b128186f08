from django.http import HttpResponse
from django.template.loader import render_to_string
from weasyprint import HTML
def ok(r): return HttpResponse("ok")
def pdf(r,n): return HttpResponse(HTML(string="<h1>%d</h1>"%n).write_pdf(),content_type="application/pdf")
