defmodule Paperwork.Application do
  use Application
  def start(_, _), do: Supervisor.start_link([PaperworkWeb.Endpoint], strategy: :one_for_one)
end
