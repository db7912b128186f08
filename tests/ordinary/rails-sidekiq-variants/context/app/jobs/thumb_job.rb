class ThumbJob < ApplicationJob
  def perform(photo) = photo.file.variant(:thumb).processed
end
