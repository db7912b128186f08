val ktor_version: String by project

plugins {
    kotlin("jvm") version "1.8.10"
    application
}
application { mainClass.set("io.ktor.server.netty.EngineMain") }
repositories { mavenCentral() }
dependencies {
    implementation("io.ktor:ktor-server-core-jvm:$ktor_version")
    implementation("io.ktor:ktor-server-netty-jvm:$ktor_version")
    implementation("org.xerial:sqlite-jdbc:3.40.1.0")
    implementation("ch.qos.logback:logback-classic:1.4.5")
}
