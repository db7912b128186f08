rootProject.name = "graphs"
