#include <pqxx/pqxx>
int n(){ pqxx::connection c; return 1; }
