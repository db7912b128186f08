library(RPostgres)
model <- readRDS("model.rds")
#* @get /predict
function(x) predict(model, data.frame(x = as.numeric(x)))
