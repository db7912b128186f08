-module(hello_h).
-export([init/2]).
init(R,S) -> {ok, cowboy_req:reply(200, #{}, <<"hi">>, R), S}.
