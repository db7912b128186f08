import rasterio
from flask import Flask
app = Flask(__name__)

@app.get("/")
def i():
    with rasterio.open("/data/dem.tif") as d:
        return str(d.crs)
