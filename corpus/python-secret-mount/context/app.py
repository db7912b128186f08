import wcwidth

print(wcwidth.wcswidth("コーパス"))
