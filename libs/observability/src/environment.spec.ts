import { ArrayMinSize, IsBoolean, IsIn, IsInt, IsOptional } from 'class-validator';
import { BaseEnvironment } from './base-environment.ts';
import { ConfigurationError, exitOnConfigurationError } from './configuration-error.ts';
import { loadEnvironment } from './environment.ts';

class Environment extends BaseEnvironment {
  override readonly PORT: number = 8082;

  @IsBoolean({ message: 'must be true or false.' })
  readonly PLAIN_HTTP: boolean = false;

  @ArrayMinSize(1)
  @IsIn(['a', 'b'], { each: true })
  readonly KINDS: readonly string[] = ['a'];

  @IsOptional()
  @IsInt()
  readonly LIMIT?: number;
}

const GOOD = { DATABASE_URL: 'postgres://me:pw@localhost:5432/rolebridge', KAFKA_BROKERS: 'k1:9092, k2:9092', LANDSCAPE_FILE: 'deploy/systems.yaml' };

function problems(env: Record<string, string>): readonly string[] {
  try {
    loadEnvironment(Environment, env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('the environment of a service', () => {
  test('is read by the declared types, with defaults', () => {
    expect(loadEnvironment(Environment, { ...GOOD, PORT: '', PLAIN_HTTP: 'true', LIMIT: '5', UNRELATED: 'x' })).toMatchObject({
      PORT: 8082, HOST: '127.0.0.1', LOG_LEVEL: 'info', DATABASE_URL: GOOD.DATABASE_URL, KAFKA_BROKERS: ['k1:9092', 'k2:9092'],
      TOPIC_PREFIX: '', LANDSCAPE_FILE: 'deploy/systems.yaml', PLAIN_HTTP: true, KINDS: ['a'], LIMIT: 5,
    });
  });

  test('is refused with one message per variable that names the fix', () => {
    expect([...problems({ ...GOOD, PORT: '99999', LOG_LEVEL: 'loud', KAFKA_BROKERS: 'k1', PLAIN_HTTP: 'yes', DATABASE_URL: '' })].toSorted()).toEqual([
      'DATABASE_URL: is not set; it must be the address of a PostgreSQL database, for example postgres://user:password@localhost:5432/rolebridge.',
      'KAFKA_BROKERS: must be a comma list of host:port, for example kafka-1:9092,kafka-2:9092.',
      'LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent.',
      'PLAIN_HTTP: must be true or false.',
      'PORT: must be a port number from 0 (any free one) to 65535, for example 8080.',
    ]);
  });

  test('never quotes a wrong value, which may be a secret', () => {
    expect(problems({ ...GOOD, DATABASE_URL: 'mysql://me:hunter2@db' }).join('')).not.toContain('hunter2');
  });

  test('ends the process with exit code 1 when it is wrong', async () => {
    const codes: number[] = [];
    await exitOnConfigurationError(() => Promise.reject(new ConfigurationError([])), (code) => codes.push(code));
    expect(codes).toEqual([1]);
    await expect(exitOnConfigurationError(() => Promise.reject(new Error('other')))).rejects.toThrow('other');
  });
});
