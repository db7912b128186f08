-module(hello_app).
-behaviour(application).
-export([start/2,stop/1]).
start(_,_) ->
  D = cowboy_router:compile([{'_', [{"/", hello_h, []}, {"/static/[...]", cowboy_static, {priv_dir, hello, "static"}}]}]),
  {ok,_} = cowboy:start_clear(http, [{port, 8080}], #{env => #{dispatch => D}}),
  {ok, self()}.
stop(_) -> ok.
