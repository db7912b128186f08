require 'typhoeus'
File.write('/reports/latest.html', Typhoeus.get(ENV['SOURCE']).body)
