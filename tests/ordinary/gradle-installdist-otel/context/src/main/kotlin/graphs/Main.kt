package graphs

import io.javalin.Javalin

fun main() {
    Javalin.create().post("/svg") { ctx ->
        val p = ProcessBuilder("dot", "-Tsvg").start()
        p.outputStream.use { it.write(ctx.bodyAsBytes()) }
        ctx.contentType("image/svg+xml").result(p.inputStream.readBytes())
    }.start(7070)
}
