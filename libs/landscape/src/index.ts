export * from './landscape.ts';
