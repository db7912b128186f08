import cv2, fastmask
from osgeo import gdal
ds = gdal.Open("data/dem.asc")
print(ds.RasterXSize, fastmask.one(), cv2.__version__)
