set terminal pngcairo size 800,300 font "DejaVu Sans,10"
set output "chart.png"
set xdata time
set timefmt "%s"
plot "points.dat" using 1:2 with lines title "value"
