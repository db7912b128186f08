import configparser, datetime, os, pathlib, shlex, subprocess
import boto3, psycopg2
cfg = configparser.ConfigParser(); cfg.read("backup.ini")
b = cfg["backup"]
psycopg2.connect(host=b["host"], user=b["user"], dbname=b["name"], password=os.environ["PGPASSWORD"]).close()
target = pathlib.Path("/backups") / f"{datetime.date.today()}.dump"
with target.open("wb") as f:
    subprocess.run(shlex.split(b["command"]), stdout=f, check=True)
if os.environ.get("S3_BUCKET"):
    boto3.client("s3").upload_file(str(target), os.environ["S3_BUCKET"], target.name)
for old in sorted(pathlib.Path("/backups").glob("*.dump"))[:-b.getint("keep")]:
    old.unlink()
