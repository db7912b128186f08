defmodule Board.Repo.Migrations.Init do
  use Ecto.Migration
  def change, do: create(table(:posts))
end
