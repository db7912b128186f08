#include <microhttpd.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>
int main(int c, char **v) { sqlite3 *db; sqlite3_open("/tmp/hits.db", &db); if (c > 2 && chdir(v[2])) return 1; puts("up"); pause(); return 0; }
