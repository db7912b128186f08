import Config
config :shop, ecto_repos: [Shop.Repo]
config :esbuild, version: "0.17.11", default: [args: ~w(js/app.js --bundle --outdir=../priv/static/assets), cd: Path.expand("../assets", __DIR__)]
config :tailwind, version: "3.4.0", default: [args: ~w(--input=css/app.css --output=../priv/static/assets/app.css), cd: Path.expand("../assets", __DIR__)]
import_config "#{config_env()}.exs"
