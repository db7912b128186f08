#include "../include/imgd/core.h"
int decode(const char *p) { return p ? 1 : 0; }
