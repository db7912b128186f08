(defproject notebook "0.1.0"
  :dependencies [[org.clojure/clojure "1.11.1"]
                 [ring/ring-jetty-adapter "1.9.6"]
                 [markdown-clj "1.11.4"]]
  :main notebook.core
  :profiles {:uberjar {:aot :all}})
