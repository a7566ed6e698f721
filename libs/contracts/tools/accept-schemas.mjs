/**
 * Accepts the schemas as they are now: `node libs/contracts/tools/accept-schemas.mjs`. Copies schemas/ to schemas.lock/, against which the
 * tests compare. A change that breaks readers needs a new version of the topic instead (`….v2`), unless nobody reads it yet.
 */
import { cpSync, rmSync } from 'node:fs';

const schemas = new URL('../schemas/', import.meta.url);
const lock = new URL('../schemas.lock/', import.meta.url);

rmSync(lock, { recursive: true, force: true });
cpSync(schemas, lock, { recursive: true });
process.stdout.write('Accepted. Commit libs/contracts/schemas.lock together with the change.\n');
