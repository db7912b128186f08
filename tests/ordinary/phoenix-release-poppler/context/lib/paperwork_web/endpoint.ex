defmodule PaperworkWeb.Endpoint do
  use Phoenix.Endpoint, otp_app: :paperwork
  plug Plug.Static, at: "/", from: :paperwork
end
