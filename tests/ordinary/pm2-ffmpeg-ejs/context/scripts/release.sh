#!/bin/bash
git tag "v$1" && git push --tags
