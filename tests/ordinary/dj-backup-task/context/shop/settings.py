import os
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.staticfiles", "dbbackup", "orders"]
MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]
ROOT_URLCONF = "shop.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": os.getenv("DB_HOST", "db"), "NAME": "shop", "USER": "shop", "PASSWORD": os.getenv("DB_PASSWORD", "")}}
DBBACKUP_STORAGE = "django.core.files.storage.FileSystemStorage"
DBBACKUP_STORAGE_OPTIONS = {"location": "/backups"}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
LOCALE_PATHS = [BASE_DIR / "locale"]
CELERY_BROKER_URL = os.getenv("REDIS_URL", "redis://redis/0")
