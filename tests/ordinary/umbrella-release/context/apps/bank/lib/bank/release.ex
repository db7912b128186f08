defmodule Bank.Release do
  def migrate do
    Application.load(:bank)
    for r <- Application.fetch_env!(:bank, :ecto_repos), do: {:ok, _, _} = Ecto.Migrator.with_repo(r, &Ecto.Migrator.run(&1, :up, all: true))
  end
end
