import os

import psycopg2

with psycopg2.connect(os.environ["DATABASE_URL"]) as c, c.cursor() as cur, open("/tmp/seed/items.csv") as fh:
    cur.copy_expert("COPY items FROM STDIN CSV", fh)
