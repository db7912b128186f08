from celery import Celery
from celery.schedules import crontab
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {"nightly": {"task": "orders.tasks.backup", "schedule": crontab(hour=3, minute=0)}}
