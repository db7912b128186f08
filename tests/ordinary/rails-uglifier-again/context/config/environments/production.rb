Rails.application.configure do
  config.assets.js_compressor = :uglifier
  config.active_storage.service = :local
end
