/** A column: its title, and whether numbers stand on the right. */
export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

/** Text that cannot steer a terminal: names and reasons come from other systems. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '�').toWellFormed();
}

/** Aligned lines with a title line, two spaces between columns. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => row.map(printable))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => width(line[index] ?? ''))));
  return lines.map((line) => columns.map((column, index) => padded(line[index] ?? '', widths[index] ?? 0, column.right)).join('  ').trimEnd());
}

function padded(text: string, columns: number, right: boolean | undefined): string {
  const space = ' '.repeat(Math.max(0, columns - width(text)));
  return right ? space + text : text + space;
}

/** Characters as a person counts them. */
function width(text: string): number {
  return Array.from(characters.segment(text)).length;
}

const characters = new Intl.Segmenter();

const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const;

/** `42 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const index = UNITS.findIndex(([size]) => whole >= size);
  const [size, name] = UNITS[index] ?? [1, 's'];
  const [nextSize, nextName] = index === -1 ? [1, 's'] : (UNITS[index + 1] ?? [1, 's']);
  const rest = Math.floor((whole % size) / nextSize);
  return `${Math.floor(whole / size)} ${name}${rest > 0 ? ` ${rest} ${nextName}` : ''}`;
}

/** `12 s ago`, `in 3 min`, or `—` without a time. */
export function relative(time: string | null, nowMs: number): string {
  if (time === null) return '—';
  const seconds = (Date.parse(time) - nowMs) / 1000;
  if (Number.isNaN(seconds)) return printable(time);
  return seconds > 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`;
}
