export JAVA_OPTS="$JAVA_OPTS -Dportal.config=/usr/local/tomcat/conf/portal.properties"
