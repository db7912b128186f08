import Config
config :bank, Bank.Repo, url: System.get_env("DATABASE_URL")
