from django.urls import path
from core.views import invite
urlpatterns = [path("invite/<to>", invite)]
