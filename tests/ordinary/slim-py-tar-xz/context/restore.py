import os
import subprocess

import boto3
import psycopg2

s3 = boto3.client("s3")


def load(key: str) -> None:
    local = f"/tmp/{os.path.basename(key)}"
    s3.download_file(os.environ["BUCKET"], key, local)
    subprocess.run(["tar", "-xJf", local, "-C", "/tmp", "dump.csv"], check=True)
    with psycopg2.connect(os.environ["DATABASE_URL"]) as c, c.cursor() as cur, open("/tmp/dump.csv") as fh:
        cur.copy_expert("COPY items FROM STDIN CSV", fh)


for key in os.environ["KEYS"].split():
    load(key)
