class HomeController < ActionController::Base
  def index; render plain: 'ok'; end
end
