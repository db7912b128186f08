module mirrorbot

go 1.16
