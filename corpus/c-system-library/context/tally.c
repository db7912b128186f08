/* tally FILE NAME: counts how often NAME was given */
#include <sqlite3.h>
#include <stdio.h>

static int show(void *unused, int columns, char **values, char **names) {
    (void)unused; (void)columns; (void)names;
    printf("%s: %s\n", values[0], values[1]);
    return 0;
}

int main(int argc, char **argv) {
    sqlite3 *db;
    char *statement;
    int failed;

    if (argc != 3 || sqlite3_open(argv[1], &db) != SQLITE_OK)
        return 2;
    statement = sqlite3_mprintf(
        "create table if not exists tally (name text primary key, n integer);"
        "insert into tally values (%Q, 1) on conflict (name) do update set n = n + 1;"
        "select name, n from tally where name = %Q",
        argv[2], argv[2]);
    failed = sqlite3_exec(db, statement, show, NULL, NULL) != SQLITE_OK;
    sqlite3_free(statement);
    sqlite3_close(db);
    return failed;
}
