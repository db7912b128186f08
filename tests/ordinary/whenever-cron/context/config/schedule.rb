set :output, "/var/log/cron.log"
every 1.hour do
  command "cd /jobs && /usr/local/bin/bundle exec ruby scrape.rb"
end
