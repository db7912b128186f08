import scala.sys.process._
object Main extends App {
  val svg = (s"echo digraph{a->b}" #| "dot -Tsvg").!!
  println(svg)
}
