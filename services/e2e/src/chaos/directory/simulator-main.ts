import { startDirectory } from './directory.simulator.ts';

/** The chaos directory as a process: `PORT`, `SEARCH_LAG_MS`, `SIMULATOR_SEED`. */
const number = (name: string, byDefault: number): number => Number(process.env[name] ?? byDefault);

const simulator = await startDirectory({ port: number('PORT', 0), searchLagMs: number('SEARCH_LAG_MS', 0), seed: number('SIMULATOR_SEED', 1) });
process.stdout.write(`The chaos directory is at ${simulator.url}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close());
