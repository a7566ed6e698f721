export * from './access-entry.ts';
export * from './access-file.ts';
export * from './authenticator.ts';
export * from './callers-file.ts';
export * from './hashes.ts';
export * from './people.ts';
export * from './refusals.ts';
