plugins { kotlin("jvm") version "1.9.22"; application }
repositories { mavenCentral() }
dependencies { implementation("io.ktor:ktor-server-netty:2.3.7"); implementation("org.xerial:sqlite-jdbc:3.45.0.0"); implementation("ch.qos.logback:logback-classic:1.4.14") }
application { mainClass.set("MainKt") ; applicationDefaultJvmArgs = listOf("-Dconfig=config/app.properties") }
kotlin { jvmToolchain(17) }
