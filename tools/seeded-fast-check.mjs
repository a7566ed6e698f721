/** What tests get as `fast-check`: everything of it, with the seed of this run (see run-tests.mjs). */
import { configureGlobal } from '../node_modules/fast-check/lib/fast-check.js';

const seed = Number.parseInt(process.env['PROPERTY_SEED'] ?? '', 10);
if (!Number.isNaN(seed)) configureGlobal({ seed });

export * from '../node_modules/fast-check/lib/fast-check.js';
