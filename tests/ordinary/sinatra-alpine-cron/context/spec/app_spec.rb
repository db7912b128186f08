require 'rspec'
