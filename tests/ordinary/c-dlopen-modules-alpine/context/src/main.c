#include <dlfcn.h>
#include <lua.h>
#include <lauxlib.h>
#include <openssl/ssl.h>
#include <unistd.h>
#include <stdio.h>
int main(){void*h=dlopen("./modules/dice.so",RTLD_NOW);if(!h)return 1;lua_State*L=luaL_newstate();luaL_dofile(L,"scripts/init.lua");SSL_CTX_new(TLS_client_method());for(;;)sleep(9);}
