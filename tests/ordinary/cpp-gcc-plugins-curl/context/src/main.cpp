#include <curl/curl.h>
#include <dlfcn.h>
#include <filesystem>
#include <format>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <unistd.h>
int main(int argc, char** argv) {
  std::map<std::string, std::string> c;
  std::ifstream f(argc > 2 ? argv[2] : "/etc/metricd.conf");
  for (std::string l; std::getline(f, l);)
    if (auto i = l.find('='); i != l.npos) c[l.substr(0, i)] = l.substr(i + 1);
  CURL* h = curl_easy_init();
  for (;;) {
    for (auto& e : std::filesystem::directory_iterator(c["plugins"])) {
      void* so = dlopen(e.path().c_str(), RTLD_NOW);
      if (!so) { std::cerr << dlerror() << '\n'; continue; }
      auto read = reinterpret_cast<double (*)()>(dlsym(so, "read_metric"));
      std::string url = std::format("{}/{}?v={}", c["url"], e.path().stem().string(), read());
      curl_easy_setopt(h, CURLOPT_URL, url.c_str());
      curl_easy_perform(h);
    }
    sleep(30);
  }
}
