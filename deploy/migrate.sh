#!/bin/sh
# One-shot job: brings the schema of every service up to date. Connectors compile to dist/src, beside their simulators.
set -eu

for job in services/*/dist/migrate.js services/*/dist/src/migrate.js; do
  if [ -f "$job" ]; then node "$job"; fi
done
