/** What a process of the bare floor is told by whoever starts it. */
export interface FloorEnvironment {
  readonly databaseUrl: string;
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  /** How many targets there are, named `0`, `1`, … */
  readonly targets: number;
  /** Where the front listens. */
  readonly port: number;
  /** Address of the stub target. */
  readonly targetUrl: string;
  /** Calls in flight per target. */
  readonly concurrency: number;
}

export function floorEnvironment(): FloorEnvironment {
  const { env } = process;
  return {
    databaseUrl: env['DATABASE_URL'] ?? '',
    brokers: (env['KAFKA_BROKERS'] ?? '').split(','),
    topicPrefix: env['TOPIC_PREFIX'] ?? '',
    targets: Number(env['TARGETS']),
    port: Number(env['PORT']),
    targetUrl: env['TARGET_URL'] ?? '',
    concurrency: Number(env['CONCURRENCY']),
  };
}

/** The reverse of {@link floorEnvironment}. */
export function environmentVariables(environment: FloorEnvironment): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: environment.databaseUrl,
    KAFKA_BROKERS: environment.brokers.join(','),
    TOPIC_PREFIX: environment.topicPrefix,
    TARGETS: String(environment.targets),
    PORT: String(environment.port),
    TARGET_URL: environment.targetUrl,
    CONCURRENCY: String(environment.concurrency),
  };
}
