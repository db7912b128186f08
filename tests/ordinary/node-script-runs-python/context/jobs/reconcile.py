print("reconciled")
