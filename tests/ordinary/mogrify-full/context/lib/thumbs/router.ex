defmodule Thumbs.Router do
  use Plug.Router
  import Mogrify
  plug :match
  plug :dispatch
  get "/:name" do
    img = open("/data/#{name}") |> resize("100x100") |> save()
    send_file(conn, 200, img.path)
  end
end
