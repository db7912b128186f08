#!/usr/bin/env bash
echo "window.ENV={api:\"$VITE_API_URL\"}" > dist/env.js
