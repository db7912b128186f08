(ns notebook.core
  (:require [ring.adapter.jetty :refer [run-jetty]]
            [clojure.java.io :as io]
            [markdown.core :refer [md-to-html-string]])
  (:gen-class))

(defn pages []
  (for [f (file-seq (io/file "content")) :when (.isFile f)]
    (md-to-html-string (slurp f))))

(defn handler [_]
  {:status 200 :headers {"Content-Type" "text/html"}
   :body (str (slurp (io/resource "layout.html")) (apply str (pages)))})

(defn -main [& _]
  (run-jetty handler {:port 3000}))
