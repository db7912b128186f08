{ "targets": [ { "target_name": "population", "sources": [ "native/population.c" ] } ] }
