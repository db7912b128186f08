defmodule Paperwork.Extract do
  def text(path) do
    {out, 0} = System.cmd("pdftotext", ["-layout", path, "-"])
    out
  end
end
