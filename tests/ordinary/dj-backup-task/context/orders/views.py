from django.http import HttpResponse
from django.utils.translation import gettext as _

def index(request):
    return HttpResponse(_("Welcome"))
