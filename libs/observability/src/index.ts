export * from './base-environment.ts';
export * from './configuration-error.ts';
export * from './correlation.ts';
export * from './environment.ts';
export * from './health.ts';
export * from './logger.ts';
export * from './metrics.ts';
export * from './redaction.ts';
