defmodule Board.MixProject do
  use Mix.Project
  def project, do: [app: :board, version: "0.1.0", elixir: "~> 1.14", deps: deps(), releases: [board: [include_executables_for: [:unix]]]]
  def application, do: [mod: {Board.Application, []}, extra_applications: [:logger, :crypto]]
  defp deps, do: [{:phoenix, "~> 1.6.0"}, {:plug_cowboy, "~> 2.5"}, {:ecto_sql, "~> 3.6"}, {:postgrex, ">= 0.0.0"}, {:bcrypt_elixir, "~> 3.0"}, {:jason, "~> 1.2"}]
end
