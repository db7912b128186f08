require "sinatra"
require "mini_magick"
set :bind, "0.0.0.0"
get "/card/:name.png" do
  out = "public/cards/#{params[:name]}.png"
  MiniMagick::Tool::Convert.new { |c| c.size "400x200"; c << "xc:white"; c.font "DejaVu-Sans"; c.draw "text 20,100 '#{params[:name]}'"; c << out }
  send_file out
end
