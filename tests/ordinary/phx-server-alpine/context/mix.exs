defmodule Forum.MixProject do
  use Mix.Project

  def project do
    [
      app: :forum,
      version: "0.1.0",
      elixir: "~> 1.14",
      start_permanent: Mix.env() == :prod,

      aliases: aliases(),
      deps: deps()
    ]
  end

  def application do
    [mod: {Forum.Application, []}, extra_applications: [:logger, :runtime_tools]]
  end

  defp deps do
    [
      {:phoenix, "~> 1.7.11"},
      {:ecto_sql, "~> 3.10"},
      {:postgrex, ">= 0.0.0"},
      {:bcrypt_elixir, "~> 3.1"},
      {:plug_cowboy, "~> 2.5"}
    ]
  end

  defp aliases do
    []
  end
end
