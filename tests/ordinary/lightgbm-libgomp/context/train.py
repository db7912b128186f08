import os
import joblib
import lightgbm as lgb
import pandas as pd
df = pd.read_csv("data.csv")
m = lgb.LGBMRegressor(min_child_samples=1).fit(df[["x"]], df["y"])
os.makedirs("/models", exist_ok=True)
joblib.dump(m, "/models/model.joblib")
