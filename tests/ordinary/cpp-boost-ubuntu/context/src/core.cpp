#include <boost/filesystem.hpp>
#include <openssl/ssl.h>
#include <yaml-cpp/yaml.h>
YAML::Node load(const char* p) { SSL_library_init(); return YAML::LoadFile(p); }
