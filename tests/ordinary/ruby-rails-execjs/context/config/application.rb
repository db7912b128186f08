require "rails/all"
Bundler.require(*Rails.groups)
module R; class Application < Rails::Application; config.react.server_renderer_pool_size=1; end; end
