#!/bin/sh
# One-shot job: creates the topics that the landscape needs and that are missing.
set -eu

SYSTEMS=$(node --input-type=module -e '
  import { loadLandscape } from "@rolebridge/landscape";
  import { exitOnConfigurationError } from "@rolebridge/observability";
  await exitOnConfigurationError(async () => console.log(loadLandscape(process.env.LANDSCAPE_FILE).systems.map(({ name }) => name).join()));
')
export SYSTEMS
exec node libs/kafka/dist/create-topics.js
