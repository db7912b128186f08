#include <ruby.h>
#include <sqlite3.h>

static VALUE rows(VALUE self, VALUE sql) {
    sqlite3 *db;
    sqlite3_stmt *statement;
    long count = 0;

    if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
        sqlite3_prepare_v2(db, StringValueCStr(sql), -1, &statement, NULL) != SQLITE_OK)
        rb_raise(rb_eArgError, "not a statement");
    while (sqlite3_step(statement) == SQLITE_ROW)
        count++;
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return LONG2NUM(count);
}

void Init_rowcount(void) {
    rb_define_singleton_method(rb_define_module("Rowcount"), "rows", rows, 1);
}
