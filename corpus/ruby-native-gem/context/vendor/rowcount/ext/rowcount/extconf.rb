require "mkmf"

abort "sqlite3.h is missing" unless have_header("sqlite3.h") && have_library("sqlite3")
create_makefile("rowcount")
