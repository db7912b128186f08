require 'sidekiq'
require 'mysql2'
require 'mini_magick'
class Thumb
  include Sidekiq::Job
  def perform(path)
    image = MiniMagick::Image.open(path)
    image.combine_options { |c| c.resize '300x300'; c.font 'DejaVu-Sans'; c.annotate '+5+5', Time.now.to_s }
    image.write "tmp/#{File.basename(path)}"
  end
end
