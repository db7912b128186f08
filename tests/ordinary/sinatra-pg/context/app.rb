require 'sinatra/base'
require 'pg'
require 'nokogiri'
class App < Sinatra::Base
  get('/health') { 'ok' }
  get('/') { @rows = PG.connect(ENV['DATABASE_URL']).exec('select 1'); erb :index }
end
