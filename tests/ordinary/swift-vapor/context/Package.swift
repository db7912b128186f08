// swift-tools-version:5.9
import PackageDescription
let package = Package(name: "App", dependencies: [
  .package(url: "https://github.com/vapor/vapor.git", from: "4.89.0"),
  .package(url: "https://github.com/vapor/leaf.git", from: "4.2.4"),
  .package(url: "https://github.com/stephencelis/SQLite.swift.git", from: "0.15.0")],
  targets: [.executableTarget(name: "App", dependencies: [.product(name: "Vapor", package: "vapor"), .product(name: "Leaf", package: "leaf"), .product(name: "SQLite", package: "SQLite.swift")])])
