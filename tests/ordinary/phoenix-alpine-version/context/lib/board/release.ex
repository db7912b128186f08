defmodule Board.Release do
  def migrate, do: Ecto.Migrator.with_repo(Board.Repo, &Ecto.Migrator.run(&1, :up, all: true))
end
