import os, sys
f = sys.argv[1]
os.system(f"unzip -o {f} -d /out && file /out/*")
