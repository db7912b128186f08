import argparse,time,yaml,schedule
from git import Repo
import records
p=argparse.ArgumentParser();p.add_argument("--interval",type=int);a=p.parse_args()
cfg=yaml.safe_load(open("config.yml"))
def job():
    for r in cfg["repos"]:
        Repo.clone_from(r,"/tmp/"+r.split("/")[-1],depth=1)
schedule.every(a.interval).seconds.do(job)
while True:
    schedule.run_pending();time.sleep(1)
