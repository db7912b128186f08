#pragma once
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>
class Freq {
    std::map<std::string, int> n; std::set<std::string> stop;
public:
    explicit Freq(const std::string &file);
    void add(const std::string &w) { if (!stop.count(w)) ++n[w]; }
    std::vector<std::pair<std::string, int>> top(size_t k) const;
};
