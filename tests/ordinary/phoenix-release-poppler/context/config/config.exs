import Config
config :phoenix, :json_library, Jason
