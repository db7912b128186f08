void crash_handler_install(const char *program);
