package dev.links

import io.ktor.server.application.*
import io.ktor.server.engine.*
import io.ktor.server.netty.*
import io.ktor.server.response.*
import io.ktor.server.routing.*
import java.io.File

fun main() {
    val store = File("data/links.txt")
    if (!store.exists()) {
        store.parentFile.mkdirs()
        store.writeText(File("seed/links.txt").readText())
    }
    embeddedServer(Netty, port = 8080) {
        routing { get("/") { call.respondText(store.readText()) } }
    }.start(wait = true)
}
