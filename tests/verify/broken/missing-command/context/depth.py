import subprocess

answer = subprocess.run(["bc"], input="3 * 1.8288\n", text=True, capture_output=True, check=True)
print(answer.stdout.strip(), "m")
