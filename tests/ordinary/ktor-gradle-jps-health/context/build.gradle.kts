plugins {
    kotlin("jvm") version "1.9.22"
    application
}
repositories { mavenCentral() }
dependencies {
    implementation("io.ktor:ktor-server-netty:2.3.8")
    implementation("ch.qos.logback:logback-classic:1.4.14")
}
application { mainClass.set("io.ktor.server.netty.EngineMain") }
kotlin { jvmToolchain(17) }
