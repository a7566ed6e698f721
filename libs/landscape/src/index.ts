export * from './brake-settings.ts';
export * from './landscape.ts';
export * from './load-landscape.ts';
export * from './proxy-settings.ts';
export * from './secrets.ts';
export * from './yaml-source.ts';
