defmodule Bank.MixProject do
  use Mix.Project

  def project do
    [
      app: :bank,
      version: "0.1.0",
      elixir: "~> 1.14",
      start_permanent: Mix.env() == :prod,
      build_path: "../../_build", deps_path: "../../deps", lockfile: "../../mix.lock", config_path: "../../config/config.exs",
      aliases: aliases(),
      deps: deps()
    ]
  end

  def application do
    [mod: {Bank.Application, []}, extra_applications: [:logger, :runtime_tools]]
  end

  defp deps do
    [
      {:ecto_sql, "~> 3.10"},
      {:postgrex, ">= 0.0.0"},
      {:bcrypt_elixir, "~> 3.0"}
    ]
  end

  defp aliases do
    []
  end
end
