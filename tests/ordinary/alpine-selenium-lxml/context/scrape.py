import time
import yaml
from lxml import html
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

o = webdriver.ChromeOptions()
for a in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
    o.add_argument(a)
d = webdriver.Chrome(options=o, service=Service("/usr/bin/chromedriver"))
for url in yaml.safe_load(open("sites.yaml")):
    d.get(url)
    title = html.fromstring(d.page_source).findtext(".//title")
    d.save_screenshot("out/%d.png" % time.time())
    print(time.strftime("%H:%M %Z"), title)
