import path from 'node:path';
import { outputOf } from './run.ts';
import { StackProblem } from './stack-problem.ts';

/** Kafka 4 brokers need it (kafka.apache.org, "Java version support"). */
const LOWEST_JAVA = 17;
const OTHERWISE = 'or set KAFKA_BROKERS to a running broker, or start a Docker engine';

/** The `java` to run: of `JAVA_HOME`, else of the path. */
export async function findJava(): Promise<string> {
  const home = process.env['JAVA_HOME'];
  const command = home ? path.join(home, 'bin', 'java') : 'java';
  const version = Number(/version "(?:1\.)?(\d+)/.exec((await outputOf(command, ['-version'])) ?? '')?.[1] ?? 0);
  if (version >= LOWEST_JAVA) return command;
  const found = version === 0 ? 'none was found' : `${command} is version ${version}`;
  throw new StackProblem(`Kafka needs Java ${LOWEST_JAVA} or newer, ${found}: install it (Debian: apt-get install openjdk-17-jdk-headless maven; macOS: brew install openjdk@17 maven), ${OTHERWISE}.`, { kind: 'missing' });
}

/** The `mvn` that fetches Kafka's jars; needed once. */
export async function findMaven(): Promise<string> {
  if (await outputOf('mvn', ['--version'], 30_000)) return 'mvn';
  throw new StackProblem(`Kafka's jars are fetched with Maven, and mvn was not found: install it (Debian: apt-get install maven; macOS: brew install maven), ${OTHERWISE}.`, { kind: 'missing' });
}
