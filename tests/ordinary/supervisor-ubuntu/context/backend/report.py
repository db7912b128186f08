import subprocess
subprocess.run(["curl", "-fsS", "http://localhost/api"], check=True)
