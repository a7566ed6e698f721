import type { Figures } from './statistics.ts';

/** Two measurements of the same thing: as fast as possible, and at half of Rolebridge's rate. */
export interface Measured {
  readonly flatOut: Figures;
  readonly half: Figures;
}

/** One round: Rolebridge, and the floor unless it was left out. */
export interface Round {
  readonly targets: number;
  readonly rolebridge: Measured;
  readonly floor?: Measured;
}

type Row = readonly [what: string, of: (measured: Measured) => number, digits: number, aim?: (targets: number) => string];

const FIGURES: readonly Row[] = [
  ['users/s, first request to last effect', ({ flatOut }) => flatOut.usersPerSecond, 0, (targets) => `≥ ${targets === 1 ? 1_000 : 250}`],
  ['accepted/s at the front door', ({ flatOut }) => flatOut.acceptedPerSecond, 0],
  ['CPU ms a user, all processes', ({ flatOut }) => flatOut.cpuMsPerUser, 2, (targets) => (targets === 1 ? '≤ 2' : '')],
  ['at half load: users/s', ({ half }) => half.requestedPerSecond, 0],
  ['  p50, request to effect, ms', ({ half }) => half.latencyMs.p50, 0],
  ['  p95', ({ half }) => half.latencyMs.p95, 0, (targets) => `< ${targets === 1 ? 250 : 500}`],
  ['  p99', ({ half }) => half.latencyMs.p99, 0],
  ['  CPU ms a user', ({ half }) => half.cpuMsPerUser, 2],
];

/** The figures of one round side by side, then cost and memory by program. */
export function roundTable({ targets, rolebridge, floor }: Round): string {
  const header = [`${targets} ${targets === 1 ? 'target' : 'targets'}`, 'Rolebridge', 'aim', ...(floor ? ['bare floor', 'ratio'] : [])];
  const body = FIGURES.map(([what, of, digits, aim]) => [what, of(rolebridge).toFixed(digits), aim?.(targets) ?? '', ...(floor ? [of(floor).toFixed(digits), (of(rolebridge) / of(floor)).toFixed(2)] : [])]);
  return [
    columns([header, ...body]),
    '',
    byProgram('Rolebridge', rolebridge.flatOut),
    ...(floor ? [byProgram('bare floor', floor.flatOut)] : []),
    noise([rolebridge, ...(floor ? [floor] : [])]),
  ].join('\n');
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('   ')).join('\n');
}

function byProgram(name: string, { cpuMs, rssMb }: Figures): string {
  const list = (record: Readonly<Record<string, number>>, digits: number): string =>
    Object.entries(record).toSorted(([, a], [, b]) => b - a).map(([program, value]) => `${program} ${value.toFixed(digits)}`).join(', ');
  return `${name}, CPU ms a user: ${list(cpuMs, 2)}\n${name}, most memory, MB: ${list(rssMb, 0)}`;
}

/** Figures from a machine that worked for others too are worth less; say so. */
function noise(measured: readonly Measured[]): string {
  const all = measured.flatMap(({ flatOut, half }) => [flatOut, half]);
  const share = (value: number): string => `${Math.round(value * 100)} %`;
  return `Load average ${all.map(({ loadAverage }) => loadAverage.toFixed(1)).join(', ')}; share of the busy time that others took: ${all.map(({ othersShare }) => share(othersShare)).join(', ')}.`;
}
