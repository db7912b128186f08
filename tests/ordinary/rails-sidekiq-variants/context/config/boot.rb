require "bundler/setup"
require "bootsnap/setup"
