require "rowcount"

puts Rowcount.rows("select 1 union select 2")
