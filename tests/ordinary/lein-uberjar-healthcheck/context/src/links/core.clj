(ns links.core (:require [org.httpkit.server :as s] [clojure.edn :as edn]) (:gen-class))
(defn -main [& _] (s/run-server (fn [_] {:status 200 :body "ok"}) (edn/read-string (slurp "config.edn"))))
