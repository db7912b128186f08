from pathlib import Path

Path("catch/today.txt").write_text("two cod\n")
print("written down")
