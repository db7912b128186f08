(ns api.core (:require [ring.adapter.jetty :refer [run-jetty]] [clojure.edn :as edn] [clojure.java.io :as io]) (:gen-class))
(def config (delay (edn/read-string (slurp "config.edn"))))
(defn handler [_] {:status 200 :headers {} :body (slurp (io/resource "hello.txt"))})
(defn -main [& _] (run-jetty handler {:port (:port @config)}))
