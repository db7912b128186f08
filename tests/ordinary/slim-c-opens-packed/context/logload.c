#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static FILE *open_log(const char *path)
{
    char cmd[512];
    const char *dot = strrchr(path, '.');

    if (dot && !strcmp(dot, ".xz"))
        snprintf(cmd, sizeof cmd, "xz -dc '%s'", path);
    else if (dot && !strcmp(dot, ".bz2"))
        snprintf(cmd, sizeof cmd, "bzip2 -dc '%s'", path);
    else
        return fopen(path, "r");
    return popen(cmd, "r");
}

int main(int argc, char **argv)
{
    char line[4096];
    sqlite3 *db;
    sqlite3_stmt *st;

    sqlite3_open("logs.db", &db);
    sqlite3_exec(db, "CREATE TABLE IF NOT EXISTS log (line TEXT)", NULL, NULL, NULL);
    sqlite3_prepare_v2(db, "INSERT INTO log VALUES (?)", -1, &st, NULL);
    for (int i = 1; i < argc; i++) {
        FILE *f = open_log(argv[i]);
        while (f && fgets(line, sizeof line, f)) {
            sqlite3_bind_text(st, 1, line, -1, SQLITE_TRANSIENT);
            sqlite3_step(st);
            sqlite3_reset(st);
        }
    }
    return 0;
}
