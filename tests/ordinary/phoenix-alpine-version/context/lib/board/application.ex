defmodule Board.Application do
  use Application
  def start(_, _), do: Supervisor.start_link([Board.Repo, BoardWeb.Endpoint], strategy: :one_for_one)
end
