import datetime, locale
locale.setlocale(locale.LC_TIME, "")
print(datetime.datetime.now().strftime("%A, %d. %B"))
