from django.http import HttpResponse
from django.urls import path
from sorl.thumbnail import get_thumbnail


def photo(request, name):
    return HttpResponse(f'<img src="{get_thumbnail(name, "320x240").url}">')


urlpatterns = [path("<str:name>", photo)]
