import io.ktor.server.engine.*
import io.ktor.server.netty.*
import io.ktor.server.application.*
import io.ktor.server.response.*
import io.ktor.server.routing.*
import java.util.Properties
import java.io.File
fun main(){ val p=Properties(); p.load(File(System.getProperty("config")).inputStream())
 val c=java.sql.DriverManager.getConnection("jdbc:sqlite:"+p["db"])
 embeddedServer(Netty,port=p["port"].toString().toInt()){ routing { get("/"){ call.respondText(c.createStatement().executeQuery("select count(*) from n").getString(1)) } } }.start(wait=true) }
