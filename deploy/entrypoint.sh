#!/bin/sh
# A variable X_FROM_FILE names a file whose text becomes the variable X, so that secrets stand neither in compose files nor in `docker inspect`.
# Not X_FILE: CALLERS_FILE, OPERATORS_FILE and LANDSCAPE_FILE are files that the services read themselves.
set -eu

for name in $(env | sed -n 's/^\([A-Z][A-Z0-9_]*\)_FROM_FILE=.*/\1/p'); do
  eval "file=\${${name}_FROM_FILE}"
  if [ ! -r "$file" ] || [ ! -s "$file" ]; then
    echo "${name}_FROM_FILE: $file is missing, unreadable or empty; run deploy/make-secrets.sh." >&2
    exit 1
  fi
  export "$name=$(cat "$file")"
  unset "${name}_FROM_FILE"
done

exec "$@"
