import locale
import sys

import colorama

colorama.init(strip=True)
locale.setlocale(locale.LC_ALL, "")
print(locale.format_string("%.2f", float(sys.argv[1]), grouping=True), "Euro")
