defmodule Shop.MixProject do
  use Mix.Project
  def project, do: [app: :shop, version: "0.1.0", elixir: "~> 1.14", deps: deps(), aliases: aliases()]
  def application, do: [mod: {Shop.Application, []}, extra_applications: [:logger, :runtime_tools]]
  defp deps, do: [{:phoenix, "~> 1.7.10"}, {:plug_cowboy, "~> 2.5"}, {:esbuild, "~> 0.8", runtime: Mix.env() == :dev}, {:jason, "~> 1.2"}, {:bcrypt_elixir, "~> 3.0"}]
  defp aliases, do: ["assets.deploy": ["esbuild default --minify", "phx.digest"]]
end
