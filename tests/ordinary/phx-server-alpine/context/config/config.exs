import Config
config :forum, ecto_repos: [Forum.Repo]
