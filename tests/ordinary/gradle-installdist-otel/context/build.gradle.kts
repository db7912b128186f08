plugins {
    kotlin("jvm") version "1.9.24"
    application
}
repositories { mavenCentral() }
dependencies { implementation("io.javalin:javalin:6.1.3") }
kotlin { jvmToolchain(17) }
application { mainClass.set("graphs.MainKt") }
