import argparse
import time

import httpx


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=60)
    every = parser.parse_args().every
    while True:
        print(httpx.get("https://example.org").status_code)
        time.sleep(every)
