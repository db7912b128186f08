defmodule Thumbs.Application do
  use Application
  def start(_, _), do: Supervisor.start_link([{Plug.Cowboy, scheme: :http, plug: Thumbs.Router, options: [port: 4000]}], strategy: :one_for_one, name: Thumbs.Supervisor)
end
