#include <iostream>
#include <map>
#include <string>

int main(int argc, char **argv) {
    std::map<char, std::string> bars;
    for (int i = 1; i < argc; ++i)
        for (char letter : std::string(argv[i]))
            bars[letter] += '#';
    for (const auto &[letter, bar] : bars)
        std::cout << letter << ' ' << bar << '\n';
}
