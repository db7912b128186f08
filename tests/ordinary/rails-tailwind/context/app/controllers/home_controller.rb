class HomeController < ActionController::Base
  def index = render(plain: Time.current.to_s)
end
