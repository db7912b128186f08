defmodule Sched.MixProject do
  use Mix.Project

  def project do
    [
      app: :sched,
      version: "0.1.0",
      elixir: "~> 1.14",
      start_permanent: Mix.env() == :prod,

      aliases: aliases(),
      deps: deps()
    ]
  end

  def application do
    [mod: {Sched.Application, []}, extra_applications: [:logger, :runtime_tools]]
  end

  defp deps do
    [
      {:tzdata, "~> 1.1"},
      {:exqlite, "~> 0.19"},
      {:quantum, "~> 3.5"},
      {:req, "~> 0.4"}
    ]
  end

  defp aliases do
    []
  end
end
