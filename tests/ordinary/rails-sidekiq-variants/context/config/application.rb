require_relative "boot"
require "rails/all"
Bundler.require(*Rails.groups)
module Myapp
  class Application < Rails::Application
    config.load_defaults 7.0
    config.time_zone = "Berlin"
    config.active_storage.variant_processor = :mini_magick
    config.active_record.schema_format = :sql
    config.active_job.queue_adapter = :sidekiq
  end
end
