defmodule Board.Version do
  def get, do: File.read!("/opt/VERSION")
end
