os.execute("date")
