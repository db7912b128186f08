#include "freq.h"
#include <format>
#include <iostream>
int main(int argc, char **argv) {
    Freq f(argc > 1 ? argv[1] : "stopwords.txt");
    for (std::string w; std::cin >> w;) f.add(w);
    for (auto &[w, n] : f.top(10)) std::cout << std::format("{:>6} {}\n", n, w);
}
