#!/bin/sh
# One-shot job: creates the topics that the landscape needs and that are missing, and ends when consumer groups can be joined.
set -eu

SYSTEMS=$(node --input-type=module -e '
  import { loadLandscape } from "@rolebridge/landscape";
  import { exitOnConfigurationError } from "@rolebridge/observability";
  await exitOnConfigurationError(async () => console.log(loadLandscape(process.env.LANDSCAPE_FILE).systems.map(({ name }) => name).join()));
')
export SYSTEMS
node libs/kafka/dist/create-topics.js

# A broker makes the topic of its group coordinator when somebody first asks for it; whoever comes too early is turned away.
exec node --input-type=module -e '
  import { setTimeout as pause } from "node:timers/promises";
  import { topicName } from "@rolebridge/contracts";
  import { connectKafka } from "@rolebridge/kafka";
  const admin = await connectKafka({ brokers: process.env.KAFKA_BROKERS.split(","), clientId: "create-topics" }).admin();
  const problem = () => admin.lag("create-topics", [topicName("user", {}, process.env.TOPIC_PREFIX)]).then(() => undefined, ({ message }) => message);
  for (let attempt = 1, late; (late = await problem()) !== undefined; attempt += 1) {
    if (attempt === 60) throw new Error(`Kafka has no group coordinator after a minute: ${late}`);
    await pause(1000);
  }
  await admin.close();
'
