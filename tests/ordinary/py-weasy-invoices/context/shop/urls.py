from django.urls import path
from . import views
urlpatterns=[path("healthz",views.ok),path("invoice/<int:n>.pdf",views.pdf)]
