defmodule Shop.Application do
  use Application
  def start(_, _), do: Supervisor.start_link([ShopWeb.Endpoint], strategy: :one_for_one)
end
