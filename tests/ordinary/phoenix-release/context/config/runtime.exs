import Config
if System.get_env("PHX_SERVER"), do: config(:shop, ShopWeb.Endpoint, server: true)
