require "open-uri"
require "nokogiri"
require "sqlite3"
puts Time.now, Nokogiri::HTML(URI.open("https://example.org")).title
system("git --version")
