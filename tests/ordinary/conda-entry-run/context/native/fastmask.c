#include <Python.h>
static PyObject *one(PyObject *s, PyObject *a) { return PyLong_FromLong(1); }
static PyMethodDef m[] = {{"one", one, METH_NOARGS, ""}, {0}};
static struct PyModuleDef d = {PyModuleDef_HEAD_INIT, "fastmask", 0, -1, m};
PyMODINIT_FUNC PyInit_fastmask(void) { return PyModule_Create(&d); }
