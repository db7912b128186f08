require_relative "boot"
require "rails/all"
Bundler.require(*Rails.groups)
module App
  class Application < Rails::Application
    config.load_defaults 7.1
    config.active_record.schema_format = :sql
    config.time_zone = "Lisbon"
  end
end
