import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { STACK_FOLDER } from './folders.ts';
import { startKafka } from './kafka.ts';
import { startPostgres } from './postgres.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rolebridge-stack-'));
  await chmod(folder, 0o755); // else PostgreSQL, which does not run as root, keeps its data elsewhere
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })); // a server that lost its owner still writes while it ends

function portOf(url: string): number {
  return Number(new URL(url).port);
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

async function eventually(holds: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** Another process that runs a PostgreSQL on `dataDir`, or on a folder of its own. */
async function otherProcess(dataDir?: string) {
  const script = `
    const { startPostgres } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    const { url } = await startPostgres(${dataDir === undefined ? '{}' : JSON.stringify({ dataDir })});
    console.log(url);
    process.stdin.resume().once('end', () => process.exit()); // when the test itself is killed`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [url]: unknown[] = await once(createInterface({ input: child.stdout }), 'line');
  const pid = child.pid ?? 0;
  const kill = async (): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  return { pid, port: portOf(String(url)), kill };
}

test('what was kept is used again, with the same password and without making it anew', async () => {
  const told: string[] = [];
  const progress = (line: string): void => void told.push(line);
  const first = await startPostgres({ dataDir: folder, progress });
  await first.stop();
  expect(await isListening(portOf(first.url))).toBe(false);
  const second = await startPostgres({ dataDir: folder, progress, port: portOf(first.url) });
  await second.stop();
  expect(second.url).toBe(first.url);
  expect(told).toHaveLength(1);
});

test('a process that is killed leaves no server and no folder behind', async () => {
  const other = await otherProcess();
  expect(await isListening(other.port)).toBe(true);
  await other.kill();
  expect(await eventually(async () => !(await isListening(other.port)))).toBe(true);
  const left = async (): Promise<readonly string[]> => (await readdir(path.join(STACK_FOLDER, 'run'))).filter((name) => name.startsWith(`${other.pid}-`));
  await eventually(async () => (await left()).length === 0);
  expect(await left()).toEqual([]);
});

const testOnLinux = process.platform === 'linux' ? test : test.skip;

testOnLinux('a server that survived its owner and its watchdog is ended by the next start on the same data', async () => {
  const other = await otherProcess(folder);
  const children = (await readFile(`/proc/${other.pid}/task/${other.pid}/children`, 'utf8')).trim().split(' ').map(Number);
  const { pid: server } = JSON.parse(await readFile(path.join(folder, 'child.json'), 'utf8')) as { readonly pid: number };
  for (const watchdog of children.filter((pid) => pid !== server)) process.kill(watchdog, 'SIGKILL');
  await other.kill();
  expect(await isListening(other.port)).toBe(true);
  const next = await startPostgres({ dataDir: folder });
  expect(await isListening(other.port)).toBe(false);
  expect(await isListening(portOf(next.url))).toBe(true);
  await next.stop();
});

test('data in use by another process is refused, naming the process', async () => {
  const other = await otherProcess(folder);
  await expect(startPostgres({ dataDir: folder })).rejects.toThrow(`The folder ${folder} is in use by process ${other.pid}: end that one first`);
  await other.kill();
});

test('a taken port is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await expect(startKafka({ port })).rejects.toThrow(`Kafka needs port ${port} on 127.0.0.1, but another program has it: end that program or choose another port.`);
  await expect(startPostgres({ port })).rejects.toThrow(`PostgreSQL needs port ${port}`);
  server.close();
});

test('a server that dies is told with the end of its log', async () => {
  const postgres = await startPostgres({ dataDir: folder });
  const { pid } = JSON.parse(await readFile(path.join(folder, 'child.json'), 'utf8')) as { readonly pid: number };
  process.kill(pid, 'SIGQUIT');
  expect(await postgres.exited).toMatch(/^PostgreSQL ended by itself \(exit code \d+\); its log .*postgres\.log ends with: .*shut down/);
  await postgres.stop();
});

test('without Java the way out is told', async () => {
  const home = process.env['JAVA_HOME'];
  process.env['JAVA_HOME'] = folder;
  await expect(startKafka()).rejects.toThrow(/^Kafka needs Java 17 or newer, none was found: install it \(.*\), or set KAFKA_BROKERS to a running broker, or start a Docker engine\.$/);
  if (home === undefined) delete process.env['JAVA_HOME'];
  else process.env['JAVA_HOME'] = home;
});

test('a start that is given up leaves nothing running', async () => {
  const abort = new AbortController();
  const starting = startKafka({ dataDir: folder, signal: abort.signal });
  setTimeout(() => abort.abort(), 300);
  await expect(starting).rejects.toThrow(/abort/i);
  const text = await readFile(path.join(folder, 'child.json'), 'utf8').catch(() => '{"pid":0}');
  const { pid } = JSON.parse(text) as { readonly pid: number };
  expect(pid === 0 || (await eventually(() => Promise.resolve(!runs(pid))))).toBe(true);
});

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // no such process
  }
}
