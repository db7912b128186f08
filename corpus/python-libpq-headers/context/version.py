import psycopg2.extensions

print("speaks to PostgreSQL by libpq", psycopg2.extensions.libpq_version() // 10000)
