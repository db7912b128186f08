defmodule Sched.Cron do
  use GenServer
  def start_link(_), do: GenServer.start_link(__MODULE__, nil)
  def init(_) do
    {:ok, db} = Exqlite.Sqlite3.open("/var/lib/sched/jobs.db")
    {:ok, %{db: db, now: DateTime.now!("Europe/Oslo")}}
  end
end
