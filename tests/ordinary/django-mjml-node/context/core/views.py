from django.core.mail import send_mail
from django.http import HttpResponse
from django.template.loader import render_to_string

def invite(request, to):
    send_mail("Hi", "", None, [to], html_message=render_to_string("core/invite.mjml"))
    return HttpResponse("ok")
