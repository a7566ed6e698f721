export * from './decide/backoff.ts';
export * from './decide/breaker.ts';
export * from './decide/verdict.ts';
export * from './decide/wire-id.ts';
export { type BrakePolicy, DEFAULT_BRAKE } from './store/brake.ts';
export { systemRuntime, type SystemRuntime, type SystemRuntimeOptions } from './dispatch/system-runtime.ts';
export { connectorSchema, type ConnectorDependencies, type ConnectorProgram, migrateConnector, runConnector } from './nest/run-connector.ts';
export * from './port.ts';
export { type FetchedToken, type SharedToken, sharedToken } from './store/shared-token.ts';
