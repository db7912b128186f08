import os, scrapy
from selenium import webdriver
class S(scrapy.Spider):
    name = "prices"; start_urls = ["https://example.org/"]
    def __init__(self):
        o = webdriver.ChromeOptions(); o.binary_location = os.environ["CHROME_BIN"]; o.add_argument("--headless"); self.d = webdriver.Chrome(options=o)
    def parse(self, r): self.d.get(r.url); yield {"t": self.d.title}
