import json, locale, os
import pdfkit, pika
from jinja2 import Environment, FileSystemLoader
from setproctitle import setproctitle

setproctitle("invoice-worker")
locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
env = Environment(loader=FileSystemLoader("templates"))
env.filters["money"] = lambda v: locale.currency(v, grouping=True)


def work(ch, method, props, body):
    data = json.loads(body)
    html = env.get_template("invoice.html").render(**data)
    pdfkit.from_string(html, f"/out/{data['number']}.pdf")
    ch.basic_ack(method.delivery_tag)


con = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
ch = con.channel()
ch.queue_declare("invoices", durable=True)
ch.basic_consume("invoices", work)
ch.start_consuming()
