@main def run(): Unit = println("harbour")
