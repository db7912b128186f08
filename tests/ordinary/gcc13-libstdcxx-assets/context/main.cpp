#include <format>
#include <iostream>
#include <fstream>
#include <string>
int main(int c, char** v){ std::ifstream f(std::string(ASSETS)+"/frame.svg"); std::string s; std::getline(f,s); std::cout << std::format("{} {}\n", s, c); }
