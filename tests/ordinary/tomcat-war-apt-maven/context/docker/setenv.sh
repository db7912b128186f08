export CATALINA_OPTS="$CATALINA_OPTS -Xmx512m -Dfile.encoding=UTF-8"
