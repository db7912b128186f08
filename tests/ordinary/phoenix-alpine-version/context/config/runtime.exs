import Config
config :board, Board.Repo, url: System.get_env("DATABASE_URL")
