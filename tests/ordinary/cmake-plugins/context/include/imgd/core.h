#pragma once
int decode(const char *);
