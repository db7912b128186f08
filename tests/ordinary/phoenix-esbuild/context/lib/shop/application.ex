defmodule Shop.Application do
  use Application
  def start(_, _), do: Supervisor.start_link([Shop.Repo, ShopWeb.Endpoint], strategy: :one_for_one, name: Shop.Supervisor)
end
