#include <boost/program_options.hpp>
#include <yaml-cpp/yaml.h>
#include <iostream>
YAML::Node load(const char*);
int main(int c, char** v) {
  auto n = load(v[2]);
  std::cout << n["rules"].as<std::string>() << std::endl;
}
