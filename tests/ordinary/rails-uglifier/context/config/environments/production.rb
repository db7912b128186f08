Rails.application.configure do
  config.assets.js_compressor = :uglifier
  config.assets.compile = false
  config.public_file_server.enabled = ENV['RAILS_SERVE_STATIC_FILES'].present?
end
