broker_url = "redis://redis:6379/0"
beat_schedule = {"r": {"task": "tasks.refresh", "schedule": 60}}
