defmodule Loglint.CLI do
  def main(args), do: Enum.each(args, &IO.puts(Jason.encode!(%{file: &1})))
end
