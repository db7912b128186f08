#include "../include/imgd/core.h"
#include <boost/program_options.hpp>
#include <dlfcn.h>
#include <filesystem>
#include <iostream>
#include <unistd.h>
#include <yaml-cpp/yaml.h>
namespace po = boost::program_options;
int main(int argc, char **argv) {
    po::options_description d; d.add_options()("config", po::value<std::string>());
    po::variables_map vm; po::store(po::parse_command_line(argc, argv, d), vm);
    YAML::Node c = YAML::LoadFile(vm["config"].as<std::string>());
    for (auto &e : std::filesystem::directory_iterator(PLUGIN_DIR))
        if (!dlopen(e.path().c_str(), RTLD_NOW)) std::cerr << dlerror() << "\n";
    std::cout << "palettes in " << c["palettes"].as<std::string>() << std::endl;
    pause();
}
