defmodule Loglint.MixProject do
  use Mix.Project
  def project, do: [app: :loglint, version: "0.1.0", elixir: "~> 1.14", escript: [main_module: Loglint.CLI], deps: [{:jason, "~> 1.4"}]]
  def application, do: [extra_applications: [:logger]]
end
