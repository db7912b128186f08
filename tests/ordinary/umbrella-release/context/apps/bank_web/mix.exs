defmodule BankWeb.MixProject do
  use Mix.Project

  def project do
    [
      app: :bank_web,
      version: "0.1.0",
      elixir: "~> 1.14",
      start_permanent: Mix.env() == :prod,
      build_path: "../../_build", deps_path: "../../deps", lockfile: "../../mix.lock", config_path: "../../config/config.exs",
      aliases: aliases(),
      deps: deps()
    ]
  end

  def application do
    [mod: {BankWeb.Application, []}, extra_applications: [:logger, :runtime_tools]]
  end

  defp deps do
    [
      {:phoenix, "~> 1.7"},
      {:plug_cowboy, "~> 2.5"},
      {:bank, in_umbrella: true}
    ]
  end

  defp aliases do
    []
  end
end
