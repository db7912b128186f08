import Config
config :bank, ecto_repos: [Bank.Repo]
