#include <cstdio>
#include <jpeglib.h>
extern "C" int plugin_version() { return JPEG_LIB_VERSION; }
extern "C" void *plugin_make() { auto *c = new jpeg_decompress_struct; jpeg_create_decompress(c); return c; }
