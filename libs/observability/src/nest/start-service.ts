import 'reflect-metadata';
import type { Server as HttpsServer } from 'node:https';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Health } from '../health.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { cannotListen } from './cannot-listen.ts';
import { Lifecycle } from './lifecycle.ts';
import { NestLogger } from './nest-logger.ts';
import { addProbes, observeRequests } from './probes.ts';
import { servedCertificate, type ServedCertificate, type TlsEnvironment } from './tls.ts';

/** A transport that can tell that it died for good: its process must then exit, so that it is started anew. */
export type Transport = CustomTransportStrategy & { readonly failed?: Promise<unknown> };

export interface ServiceOptions {
  readonly name: string;
  readonly module: Type | DynamicModule;
  readonly environment: { readonly PORT: number } & TlsEnvironment;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly microservices?: readonly Transport[];
  /** Before anything listens: body parsers, filters, guards. */
  readonly configure?: (app: NestFastifyApplication) => void | Promise<void>;
  /** Default 1 MB. */
  readonly bodyLimitBytes?: number;
  /** How long a request may take to arrive, default 30 000 ms. */
  readonly requestTimeoutMs?: number;
  /** What answers an address that cannot be decoded, with status 400; default the framework's own words. */
  readonly badAddress?: (address: string) => { readonly contentType: string; readonly body: object };
  /** How often the files of the certificate are looked at, default 2 000 ms. */
  readonly certificateLookMs?: number;
  /** A rejection ends the process with exit code 1. */
  readonly failed?: readonly Promise<unknown>[];
  /** How long a graceful shutdown may take, default 8 000 ms. */
  readonly shutdownMs?: number;
  /** Ends the process; replaced in tests. */
  readonly exit?: (code: number) => void;
}

export interface RunningService {
  readonly app: NestFastifyApplication;
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops listening, lets what runs finish, closes every provider. Does not end the process. */
  close(): Promise<void>;
}

/**
 * Starts a service: HTTPS, or HTTP on this machine alone, with `/livez`, `/readyz` (503 with reasons), `/metrics`, then its transports. SIGTERM and SIGINT shut it down
 * gracefully with exit code 0; a transport or promise that failed for good ends it with exit code 1. Throws ConfigurationError when it
 * cannot listen there.
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const certificate = servedCertificate(options.environment, options.certificateLookMs);
  const app = await createApp(options, certificate);
  const { log, health, shutdownMs = 8000, exit = exitProcess } = options;
  const following = certificate?.follow(app.getHttpServer() as HttpsServer, log); // as createApp made it
  const close = async (): Promise<void> => {
    following?.stop();
    await app.close();
  };
  const lifecycle = new Lifecycle({ close, log, health, shutdownMs, exit });
  try {
    const transports = options.microservices ?? [];
    for (const strategy of transports) app.connectMicroservice({ strategy }, { inheritAppConfig: true });
    options.health.add('started', () => ({ ok: false, reason: 'still starting' }));
    await listen(app, options.environment);
    await app.startAllMicroservices();
    options.health.remove('started');
    lifecycle.watch([...(options.failed ?? []), ...transports.flatMap(({ failed }) => failed ?? [])]);
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
  const url = await urlOf(app, certificate);
  options.log.info({ url }, `${options.name} is listening`);
  return { app, url, close: () => lifecycle.close() };
}

async function listen(app: NestFastifyApplication, environment: ServiceOptions['environment']): Promise<void> {
  try {
    await app.listen(environment.PORT, environment.HOST);
  } catch (error) {
    throw cannotListen(error, environment);
  }
}

async function urlOf(app: NestFastifyApplication, certificate: ServedCertificate | undefined): Promise<string> {
  const url = await app.getUrl();
  return certificate ? url.replace(/^http:/, 'https:') : url;
}

const exitProcess = (code: number): never => process.exit(code);

/** Unfinished requests are looked for this often. */
const REQUEST_CHECK_MS = 1000;
const HEADERS_TIMEOUT_MS = 10_000;

async function createApp(options: ServiceOptions, certificate: ServedCertificate | undefined): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter(adapterOptions(options, certificate));
  const app = await NestFactory.create<NestFastifyApplication>(options.module, adapter, { logger: new NestLogger(options.log), abortOnError: false });
  const fastify = app.getHttpAdapter().getInstance();
  observeRequests(fastify, options.metrics);
  addProbes(fastify, options.health, options.metrics);
  await options.configure?.(app);
  return app;
}

function adapterOptions({ bodyLimitBytes = 1_048_576, requestTimeoutMs = 30_000, badAddress }: ServiceOptions, certificate: ServedCertificate | undefined): ConstructorParameters<typeof FastifyAdapter>[0] {
  const limits = { bodyLimit: bodyLimitBytes, requestTimeout: requestTimeoutMs, ...(badAddress && { frameworkErrors: refuseAddress(badAddress) }) };
  // The time for headers must be the shorter one: otherwise Node takes the two for each other.
  const checks = { connectionsCheckingInterval: REQUEST_CHECK_MS, headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs) };
  return certificate ? { ...limits, https: { ...certificate.options, ...checks } } : { ...limits, http: checks };
}

interface Asked {
  readonly raw: { readonly url?: string | undefined };
}

interface Answering {
  readonly raw: { statusCode: number; setHeader(name: string, value: string): unknown; end(text: string): unknown };
  hijack(): unknown;
}

/** The only error that the router itself raises here: no route has asynchronous constraints. */
function refuseAddress(badAddress: NonNullable<ServiceOptions['badAddress']>) {
  return (_error: unknown, request: Asked, reply: Answering): void => {
    const { contentType, body } = badAddress(request.raw.url ?? '');
    reply.hijack();
    reply.raw.statusCode = 400;
    reply.raw.setHeader('content-type', contentType);
    reply.raw.end(JSON.stringify(body));
  };
}
