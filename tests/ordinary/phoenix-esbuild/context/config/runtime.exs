import Config
if System.get_env("PHX_SERVER"), do: config(:shop, ShopWeb.Endpoint, server: true)
if config_env() == :prod, do: config(:shop, Shop.Repo, url: System.fetch_env!("DATABASE_URL"))
