import Config
config :esbuild, version: "0.17.11", default: [args: ~w(js/app.js --bundle --outdir=../priv/static/assets), cd: Path.expand("../assets", __DIR__)]
import_config "#{config_env()}.exs"
