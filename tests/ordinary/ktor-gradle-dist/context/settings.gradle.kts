rootProject.name = "shortener"
