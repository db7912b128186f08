(defproject links "0.1.0-SNAPSHOT"
  :dependencies [[org.clojure/clojure "1.11.1"] [http-kit "2.7.0"] [compojure "1.7.0"]]
  :main ^:skip-aot links.core
  :target-path "target/%s"
  :profiles {:uberjar {:aot :all}})
