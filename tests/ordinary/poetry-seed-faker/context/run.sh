flask --app board.app seed
exec gunicorn -b 0.0.0.0:8000 board.app:app
