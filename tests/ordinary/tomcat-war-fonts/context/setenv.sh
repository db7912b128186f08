export CATALINA_OPTS="$CATALINA_OPTS -Djava.awt.headless=true -Dcaptcha.keystore=/var/captcha/keystore/c.p12"
