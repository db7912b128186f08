#include <filesystem>
extern "C" double read_metric() { return std::filesystem::space("/var/lib/metricd").available; }
