#!/bin/sh
# Stands in for a container engine. FAKE says how it behaves; FAKE_STATE is the folder of its images and containers.
echo "$*" >> "$FAKE_STATE/calls"
last() { for last; do :; done; echo "$last"; }
image_of() { cat "$FAKE_STATE/container.$1" 2>/dev/null; }
case "$1 $2" in
"version "*)
    case "$FAKE" in
    stopped) echo 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' >&2; exit 1 ;;
    refused) echo 'permission denied while trying to connect to the Docker daemon socket at unix:///x: dial unix /x: connect: permission denied' >&2; exit 1 ;;
    esac
    echo 26.1 ;;
"buildx version") echo v0.13 ;;
"buildx build")
    tag=
    while [ $# -gt 0 ]; do [ "$1" = -t ] && tag=$2; shift; done
    echo "#5 [1/2] FROM debian" >&2
    case "$FAKE:$tag" in
    build-fails:*:original)
        echo ' > [2/2] RUN false:' >&2
        echo 'ERROR: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1' >&2
        exit 1 ;;
    full:*) echo 'ERROR: failed to solve: write /layer: no space left on device' >&2; exit 1 ;;
    hangs:*) touch "$FAKE_STATE/building"; sleep 1000 & wait ;;
    esac
    touch "$FAKE_STATE/image.$(echo "$tag" | tr / _)" ;;
"image inspect") echo '[{"Config":{"Cmd":["/app/server"]},"Size":100,"Os":"linux","Architecture":"amd64","RootFS":{"Layers":["a"]}}]' ;;
"create "*)
    name= image=
    while [ $# -gt 0 ]; do
        [ "$1" = --name ] && name=$2
        case "$1" in localhost/*) image=$1 ;; esac
        shift
    done
    echo "$image" > "$FAKE_STATE/container.$name" ;;
"start "*) : ;;
"container inspect")
    case "$FAKE" in never-stops) running=true ;; *) running=false ;; esac
    echo "[{\"State\":{\"Running\":$running,\"ExitCode\":0,\"Pid\":1}}]" ;;
"logs "*)
    case "$FAKE:$(image_of "$2")" in
    differs:*:converted) echo 'sh: 1: git: not found' >&2 ;;
    *) echo hello ;;
    esac ;;
"top "*) printf 'PID UID GID\n1 0 0\n' ;;
"export "*) head -c 1024 /dev/zero ;;
"ps "*) for c in "$FAKE_STATE"/container.*; do [ -e "$c" ] && echo "${c##*/container.}"; done ;;
"rm "*) rm -f "$FAKE_STATE/container.$(last "$@")" ;;
"rmi "*) rm -f "$FAKE_STATE/image.$(echo "$2" | tr / _)" ;;
esac
exit 0
