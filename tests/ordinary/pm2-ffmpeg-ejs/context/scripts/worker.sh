#!/bin/bash
while true; do
  for f in /srv/clips/incoming/*.mov; do
    [ -e "$f" ] && ffmpeg -y -i "$f" "${f%.mov}.mp4" && rm "$f"
  done
  sleep 5
done
