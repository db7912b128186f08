require 'vips'
require 'mysql2'
require 'mimemagic'
run lambda { |env|
  im = Vips::Image.thumbnail('images/a.jpg', 200)
  [200, { 'Content-Type' => MimeMagic.by_path('a.jpg').type }, [im.write_to_buffer('.jpg')]]
}
