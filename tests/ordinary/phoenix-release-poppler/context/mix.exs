defmodule Paperwork.MixProject do
  use Mix.Project
  def project do
    [app: :paperwork, version: "0.2.0", elixir: "~> 1.14", deps: deps()]
  end
  def application, do: [mod: {Paperwork.Application, []}, extra_applications: [:logger, :crypto, :ssl]]
  defp deps do
    [{:phoenix, "~> 1.7"}, {:plug_cowboy, "~> 2.5"}, {:bcrypt_elixir, "~> 3.0"}, {:jason, "~> 1.4"}]
  end
end
