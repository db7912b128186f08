-module(relay_app).
-behaviour(application).
-export([start/2, stop/1]).
start(_, _) -> {ok, P} = application:get_env(relay, port), ranch:start_listener(relay, ranch_tcp, #{socket_opts => [{port, P}]}, relay_proto, []), relay_sup:start_link().
stop(_) -> ok.
