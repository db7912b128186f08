package org.example
import io.ktor.server.application.*
import io.ktor.server.response.*
import io.ktor.server.routing.*
import java.io.File

fun Application.module() {
    val words = File("words/list.txt").readLines()
    val db = java.sql.DriverManager.getConnection("jdbc:sqlite:" + System.getenv("DATA_DIR") + "/s.db")
    routing { get("/") { call.respondText(words.random()) } }
}
