import { ArrayNotEmpty, IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const PORT_MESSAGE = 'must be a port number from 0 (any free one) to 65535, for example 8080.';

/** Variables that every service reads. A service extends it and gives `PORT` its own default. */
export class BaseEnvironment {
  @IsInt({ message: PORT_MESSAGE })
  @Min(0, { message: PORT_MESSAGE })
  @Max(65_535, { message: PORT_MESSAGE })
  readonly PORT: number = 8080;

  /** Address to listen on; loopback unless somebody decides otherwise. */
  @Matches(/^[A-Za-z0-9.:_-]+$/, { message: 'must be an address or host name to listen on, for example 127.0.0.1 or 0.0.0.0.' })
  readonly HOST: string = '127.0.0.1';

  @IsIn(LOG_LEVELS, { message: `must be one of ${LOG_LEVELS.join(', ')}.` })
  readonly LOG_LEVEL: LogLevel = 'info';

  @Matches(/^postgres(ql)?:\/\/[^\s/]+\/[^\s/?]+/, { message: 'must be the address of a PostgreSQL database, for example postgres://user:password@localhost:5432/rolebridge.' })
  readonly DATABASE_URL: string = '';

  @IsArray()
  @ArrayNotEmpty({ message: 'must be a comma list of Kafka brokers, for example localhost:9092.' })
  @Matches(/^[^\s:,]+:\d{1,5}$/, { each: true, message: 'must be a comma list of host:port, for example kafka-1:9092,kafka-2:9092.' })
  readonly KAFKA_BROKERS: readonly string[] = [];

  /** Put before every topic name and consumer group; keeps landscapes apart on one broker. */
  @IsString()
  @Matches(/^[A-Za-z0-9._-]{0,100}$/, { message: 'must consist of letters, digits, dots, dashes and underscores, for example test.' })
  readonly TOPIC_PREFIX: string = '';

  @MinLength(1, { message: 'must be the path of the file that lists the systems, for example deploy/systems.yaml.' })
  readonly LANDSCAPE_FILE: string = '';

  /** Certificate with its chain, and its key, as PEM: this service then serves HTTPS. Changed files are taken up without a restart. */
  @IsOptional()
  @MinLength(1)
  readonly TLS_CERT_FILE?: string = undefined;

  @IsOptional()
  @MinLength(1)
  readonly TLS_KEY_FILE?: string = undefined;

  /** Authorities of client certificates; with it clients are asked for one. */
  @IsOptional()
  @MinLength(1)
  readonly TLS_CLIENT_CA_FILE?: string = undefined;

  /** Without a certificate only loopback is served, unless a proxy or a closed network protects what is open. */
  @IsBoolean({ message: 'must be true or false.' })
  readonly ALLOW_PLAIN_HTTP: boolean = false;
}
