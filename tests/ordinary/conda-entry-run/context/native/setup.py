from setuptools import setup, Extension
setup(name="fastmask", version="0.1", ext_modules=[Extension("fastmask", ["fastmask.c"])])
