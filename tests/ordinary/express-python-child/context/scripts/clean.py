import csv, sys
w = csv.writer(sys.stdout)
for r in csv.reader(open(sys.argv[1])):
    w.writerow([c.strip() for c in r])
