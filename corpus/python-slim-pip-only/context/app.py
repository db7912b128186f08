import humanize

print(humanize.naturalsize(123_456_789))
