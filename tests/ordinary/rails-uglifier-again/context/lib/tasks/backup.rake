task :backup do
  sh 'pg_dump $DATABASE_URL > /tmp/b.sql'
end
