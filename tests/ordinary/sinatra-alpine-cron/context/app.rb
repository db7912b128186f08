require 'sinatra/base'
require 'sqlite3'
class App < Sinatra::Base
  DB = SQLite3::Database.new('data/app.db')
  get('/') { DB.execute('select count(*) from sqlite_master').to_s }
end
