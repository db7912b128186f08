defmodule Sched.Application do
  use Application
  def start(_, _), do: Supervisor.start_link([Sched.Cron], strategy: :one_for_one, name: Sched.Supervisor)
end
