#include <zmq.h>
#include <curl/curl.h>
#include <boost/program_options.hpp>
#include <boost/filesystem.hpp>
#include <fstream>
#include <cstdlib>
int main(){std::ifstream f(getenv("GAUGE_CONF"));boost::filesystem::exists("/usr/local/share/gauge/web");std::ofstream("/var/log/gauge/a.log")<<1;void*c=zmq_ctx_new();curl_global_init(0);zmq_ctx_term(c);for(;;);}
