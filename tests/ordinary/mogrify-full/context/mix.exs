defmodule Thumbs.MixProject do
  use Mix.Project

  def project do
    [
      app: :thumbs,
      version: "0.1.0",
      elixir: "~> 1.14",
      start_permanent: Mix.env() == :prod,

      aliases: aliases(),
      deps: deps()
    ]
  end

  def application do
    [mod: {Thumbs.Application, []}, extra_applications: [:logger, :runtime_tools]]
  end

  defp deps do
    [
      {:plug_cowboy, "~> 2.6"},
      {:mogrify, "~> 0.9.3"}
    ]
  end

  defp aliases do
    []
  end
end
