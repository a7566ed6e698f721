export { connectKafka } from './connect.ts';
export { classify } from './failure.ts';
export { foldNewest } from './fold-newest.ts';
export { halving, type HalvingOptions } from './halving.ts';
export type { Log } from './log.ts';
export { KafkaBatchServer, type KafkaBatchServerOptions, type Subscription } from './nest/kafka-batch-server.ts';
export type * from './port.ts';
export { readOnce, type ReadOnceOptions } from './read-once.ts';
export type { KafkaSettings } from './settings.ts';
