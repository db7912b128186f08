import csv, sys
for a, b in csv.reader(open(sys.argv[1])):
    print(f"{a} {b};")
