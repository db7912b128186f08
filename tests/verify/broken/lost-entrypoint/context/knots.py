import sys

print(float(sys.argv[1]) * 1.852, "km/h")
