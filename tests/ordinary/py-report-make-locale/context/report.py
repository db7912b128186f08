import locale, sys
import matplotlib.pyplot as plt
import pandas as pd
from jinja2 import Environment, FileSystemLoader
locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
plt.rcParams["font.family"] = "Roboto"
plt.rcParams["axes.formatter.use_locale"] = True
src, out = sys.argv[1:3]
df = pd.read_csv(src, parse_dates=["day"])
df.groupby("region").amount.sum().plot.bar().figure.savefig(out + "/regions.png")
t = Environment(loader=FileSystemLoader("templates")).get_template("report.html.j2")
open(out + "/report.html", "w").write(t.render(total=locale.format_string("%.2f", df.amount.sum(), grouping=True)))
