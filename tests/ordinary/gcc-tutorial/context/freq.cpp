#include "freq.h"
#include <algorithm>
#include <fstream>
#include <stdexcept>
Freq::Freq(const std::string &file) { std::ifstream in(file); if (!in) throw std::runtime_error(file); for (std::string w; in >> w;) stop.insert(w); }
std::vector<std::pair<std::string, int>> Freq::top(size_t k) const {
    std::vector<std::pair<std::string, int>> v(n.begin(), n.end());
    std::sort(v.begin(), v.end(), [](auto &a, auto &b) { return a.second > b.second; });
    if (v.size() > k) v.resize(k);
    return v;
}
