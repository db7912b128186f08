import smtplib

import jinja2


def send(to):
    with smtplib.SMTP("mail") as server:
        server.sendmail("a@example.org", to, jinja2.Template("hello").render())
