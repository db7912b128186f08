plugins {
    kotlin("jvm") version "1.8.22"
    application
}
application { mainClass.set("dev.links.MainKt") }
repositories { mavenCentral() }
dependencies {
    implementation("io.ktor:ktor-server-netty:2.3.2")
    implementation("io.ktor:ktor-server-html-builder:2.3.2")
}
