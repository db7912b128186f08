plugins { kotlin("jvm") version "1.9.10"; id("io.ktor.plugin") version "2.3.5" }
group = "org.example"; version = "0.0.1"
application { mainClass.set("org.example.AppKt") }
repositories { mavenCentral() }
dependencies { implementation("io.ktor:ktor-server-core-jvm"); implementation("io.ktor:ktor-server-netty-jvm"); implementation("ch.qos.logback:logback-classic:1.4.11") }
