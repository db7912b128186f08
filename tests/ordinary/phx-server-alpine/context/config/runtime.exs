import Config
config :forum, Forum.Repo, url: System.get_env("DATABASE_URL")
