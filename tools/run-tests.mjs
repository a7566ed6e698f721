/**
 * `npm test`: one real broker and one real database for the whole run, then jest with the arguments given here.
 * Ends with the line `N passed, N failed` and exits non-zero when anything failed or nothing ran.
 *
 * Property tests draw from the seed PROPERTY_SEED, by default the commit: the same commit gets the same verdict, each new one
 * tries new examples.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStack } from '@rolebridge/local-stack';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RESULTS = path.join(ROOT, '.test-results', 'jest.json');
/** A suite that leaves something open keeps jest from ending; after its results are written it gets this long. */
const LINGER_MS = 20_000;

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => abort.abort(new Error(`The run was ended by ${signal}.`)));

/** Runs jest and tells why it did not end well, or undefined. */
async function runJest(environment, signal) {
  rmSync(RESULTS, { force: true });
  mkdirSync(path.dirname(RESULTS), { recursive: true });
  const given = process.argv.slice(2);
  const workers = given.some((argument) => /^(-w|-i|--maxWorkers|--runInBand)/.test(argument)) ? [] : ['--maxWorkers=2'];
  const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', ...workers, '--json', `--outputFile=${RESULTS}`, ...given];
  const jest = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'inherit'] });
  const stop = () => jest.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  const lingering = killLingering(jest);
  const code = await new Promise((resolve) => jest.once('exit', (exitCode) => resolve(exitCode)));
  signal.removeEventListener('abort', stop);
  return lingering.end() ?? (signal.aborted ? signal.reason.message : undefined) ?? (code === null ? 'Jest was killed.' : undefined);
}

/** The first digits of the commit as a number; 1 where there is no repository, as in an unpacked archive. */
function seedOfCommit() {
  try {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return String(Number.parseInt(commit.slice(0, 7), 16));
  } catch {
    return '1';
  }
}

/** Ends a jest that has written its results but does not exit. */
function killLingering(jest) {
  let writtenAt;
  let problem;
  const timer = setInterval(() => {
    if (writtenAt === undefined && readResults()) writtenAt = performance.now();
    if (writtenAt === undefined || performance.now() - writtenAt < LINGER_MS) return;
    problem = 'A test left something open: jest did not end after its last test (run it with --detectOpenHandles).';
    jest.kill('SIGKILL');
  }, 1_000);
  return {
    end() {
      clearInterval(timer);
      return problem;
    },
  };
}

function readResults() {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8'));
  } catch {
    return undefined; // not written, or not yet completely
  }
}

/** A suite that failed without a failing test (it did not load) counts as one failure. */
function count(results) {
  if (!results) return { passed: 0, failed: 0, skipped: 0 };
  const silent = results.testResults.filter((suite) => suite.status === 'failed' && suite.assertionResults.every((test) => test.status !== 'failed'));
  return { passed: results.numPassedTests, failed: results.numFailedTests + silent.length, skipped: results.numPendingTests + results.numTodoTests };
}

function report(problem) {
  const counted = count(readResults());
  const failed = counted.failed + (problem || (counted.passed === 0 && counted.failed === 0) ? 1 : 0);
  if (problem) process.stderr.write(`\n${problem}\n`);
  process.exitCode = failed === 0 ? 0 : 1;
  process.stdout.write(`\n${counted.passed} passed, ${failed} failed${counted.skipped > 0 ? `, ${counted.skipped} skipped` : ''}\n`);
}

async function main() {
  const progress = (line) => process.stderr.write(`${line}\n`);
  const stack = await startStack({ progress, signal: abort.signal });
  const died = new AbortController();
  void stack.exited.then((sentence) => died.abort(new Error(sentence)));
  const environment = { KAFKA_BROKERS: stack.brokers.join(','), DATABASE_URL: stack.databaseUrl, PROPERTY_SEED: process.env['PROPERTY_SEED'] ?? seedOfCommit() };
  const problem = await runJest(environment, AbortSignal.any([abort.signal, died.signal]));
  await stack.stop();
  return problem;
}

rmSync(RESULTS, { force: true });
report(await main().catch((error) => (error instanceof Error ? error.message : String(error))));
