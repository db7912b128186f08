import Vapor
import Leaf
import SQLite
let app = try Application(.detect())
defer { app.shutdown() }
app.middleware.use(FileMiddleware(publicDirectory: app.directory.publicDirectory))
app.views.use(.leaf)
let db = try Connection("/data/db.sqlite3")
app.get { req in try await req.view.render("index") }
try app.run()
