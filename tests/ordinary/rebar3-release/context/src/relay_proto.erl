-module(relay_proto).
-behaviour(ranch_protocol).
-export([start_link/3, init/2]).
start_link(R, T, _) -> {ok, spawn_link(?MODULE, init, [R, T])}.
init(R, T) -> {ok, S} = ranch:handshake(R), T:send(S, crypto:strong_rand_bytes(4)).
