import os,locale
from pathlib import Path
locale.setlocale(locale.LC_ALL,"de_DE.UTF-8")
BASE_DIR=Path(__file__).resolve().parent.parent
SECRET_KEY=os.environ["SECRET_KEY"]
INSTALLED_APPS=["django.contrib.staticfiles","shop"]
ROOT_URLCONF="shop.urls"
STATIC_URL="/static/"
STATIC_ROOT=BASE_DIR/"static"
MEDIA_ROOT=BASE_DIR/"media"
LOCALE_PATHS=[BASE_DIR/"locale"]
USE_I18N=True
DATABASES={"default":{"ENGINE":"django.db.backends.postgresql","HOST":os.environ.get("DB_HOST","db"),"NAME":"shop"}}
