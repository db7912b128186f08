{-# LANGUAGE OverloadedStrings #-}
module Main where
import Paths_pages (getDataFileName)
import qualified Data.Text.Lazy.IO as T
import Control.Monad.IO.Class
import Web.Scotty
main :: IO ()
main = scotty 3000 $ get "/" $ do
  f <- liftIO (getDataFileName "templates/index.html")
  liftIO (T.readFile f) >>= html
