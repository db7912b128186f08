#include <curl/curl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crash.h"

static char source[256], plotter[256], every[16];

static void read_ini(const char *path)
{
    char line[512], key[64], value[256];
    FILE *f = fopen(path, "r");

    if (!f) {
        perror(path);
        exit(1);
    }
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "%63[^= ] = %255[^\n]", key, value) == 2) {
            if (!strcmp(key, "source")) strcpy(source, value);
            if (!strcmp(key, "plotter")) strcpy(plotter, value);
            if (!strcmp(key, "every")) strncpy(every, value, sizeof every - 1);
        }
    fclose(f);
}

static size_t keep(char *data, size_t size, size_t n, void *out)
{
    snprintf(out, 64, "%.*s", (int)(size * n), data);
    return size * n;
}

static void draw(sqlite3 *db)
{
    sqlite3_stmt *st;
    char cmd[600];

    snprintf(cmd, sizeof cmd, "%s %s/chart.gp", plotter, DATADIR);
    FILE *out = fopen("points.dat", "w");
    sqlite3_prepare_v2(db, "SELECT at, value FROM points ORDER BY at", -1, &st, NULL);
    while (sqlite3_step(st) == SQLITE_ROW)
        fprintf(out, "%s %s\n", sqlite3_column_text(st, 0), sqlite3_column_text(st, 1));
    sqlite3_finalize(st);
    fclose(out);
    FILE *p = popen(cmd, "r");
    if (p) pclose(p);
}

int main(int argc, char **argv)
{
    sqlite3 *db;
    char value[64], sql[160];

    crash_handler_install("/proc/self/exe");
    read_ini(argc > 2 ? argv[2] : "/etc/chartd.ini");
    sqlite3_open("charts.db", &db);
    sqlite3_exec(db, "CREATE TABLE IF NOT EXISTS points (at INTEGER, value REAL)", NULL, NULL, NULL);
    for (;;) {
        CURL *c = curl_easy_init();
        curl_easy_setopt(c, CURLOPT_URL, source);
        curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep);
        curl_easy_setopt(c, CURLOPT_WRITEDATA, value);
        if (curl_easy_perform(c) == CURLE_OK) {
            snprintf(sql, sizeof sql, "INSERT INTO points VALUES (strftime('%%s'), %g)", atof(value));
            sqlite3_exec(db, sql, NULL, NULL, NULL);
            draw(db);
        }
        curl_easy_cleanup(c);
        sleep(atoi(every) ? atoi(every) : 60);
    }
}
