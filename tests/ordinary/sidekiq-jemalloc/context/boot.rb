require "sidekiq"
require "image_processing/vips"
require "pg"
class Thumb
  include Sidekiq::Job
  def perform(p) = ImageProcessing::Vips.source(p).resize_to_limit(200, 200).call(destination: p + ".jpg")
end
