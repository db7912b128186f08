import os
from pathlib import Path
SECRET_KEY = "x"
ROOT_URLCONF = "s.urls"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.staticfiles"]
DATA_DIR = Path(os.environ.get("DATA_DIR", "/data"))
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "db.sqlite3"}}
