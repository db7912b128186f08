require "sinatra/base"
require "sequel"
class App < Sinatra::Base
  DB = Sequel.connect(ENV.fetch("DATABASE_URL"))
  get("/healthz") { "ok" }
  get("/items") { DB[:items].all.to_s }
end
