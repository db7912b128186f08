defmodule Bank.Application do
  use Application
  def start(_, _), do: Supervisor.start_link([], strategy: :one_for_one, name: Bank.Supervisor)
end
