#include <boost/program_options.hpp>
int n();
int main(){ return n(); }
