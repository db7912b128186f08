name := "harbour"
scalaVersion := "3.3.3"
enablePlugins(JavaAppPackaging)
