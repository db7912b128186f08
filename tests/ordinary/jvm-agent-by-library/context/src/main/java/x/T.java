package x;
class T {}
