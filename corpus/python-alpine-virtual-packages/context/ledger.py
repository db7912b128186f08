import psycopg2

print("client library", psycopg2.__libpq_version__ // 10000)
