extern "C" int upper(int c) { return c & ~32; }
