import os, psycopg2
def main():
    psycopg2.connect(os.environ["DSN"])
