Gem::Specification.new do |spec|
  spec.name = "rowcount"
  spec.version = "1.0.0"
  spec.summary = "Says how many rows a statement has"
  spec.authors = ["Corpus"]
  spec.license = "MIT"
  spec.homepage = "https://example.com/rowcount"
  spec.files = Dir["ext/**/*.{c,rb}"]
  spec.extensions = ["ext/rowcount/extconf.rb"]
end
