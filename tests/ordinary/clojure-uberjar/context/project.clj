(defproject api "0.1.0"
  :dependencies [[org.clojure/clojure "1.11.1"] [ring/ring-core "1.10.0"] [ring/ring-jetty-adapter "1.10.0"]]
  :main ^:skip-aot api.core
  :target-path "target/%s"
  :profiles {:uberjar {:aot :all}})
