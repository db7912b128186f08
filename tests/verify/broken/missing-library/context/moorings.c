#include <sqlite3.h>
#include <stdio.h>

int main(void) {
    sqlite3 *moorings;
    if (sqlite3_open(":memory:", &moorings) != SQLITE_OK) return 1;
    puts("a database of moorings is open");
    return sqlite3_close(moorings);
}
