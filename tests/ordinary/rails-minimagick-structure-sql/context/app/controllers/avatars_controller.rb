class AvatarsController < ActionController::Base
  def create
    image = MiniMagick::Image.read(params[:file].read)
    image.resize "128x128"
    send_data image.to_blob, type: image.mime_type
  end
end
