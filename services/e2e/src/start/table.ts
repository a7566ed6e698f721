import type { LinkStatus } from '@rolebridge/contracts';

export interface Row {
  readonly who: string;
  readonly links: readonly LinkStatus[];
}

const ROLE_WIDTH = 34;

/** Person × system: state, generation, units and roles. */
export function table(rows: readonly Row[], systems: readonly string[]): string {
  const header = ['person', ...systems];
  const body = rows.map(({ who, links }) => [who, ...systems.map((system) => cell(links.find((link) => link.system === system)))]);
  const widths = header.map((_, column) => Math.max(...[header, ...body].map((line) => (line[column] ?? '').length)));
  const line = (cells: readonly string[]): string => cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ').trimEnd();
  return [line(header), widths.map((width) => '─'.repeat(width)).join('  '), ...body.map(line)].join('\n');
}

function cell(link: LinkStatus | undefined): string {
  if (!link) return '–';
  const { state, wishedGeneration, presence, failure } = link;
  const mark = presence === 'active' ? '' : ` (${presence})`;
  return `${state}${mark} #${short(wishedGeneration)} ${failure ? failure.code : entitlements(link)}`.trimEnd();
}

/** The count inside its epoch (delivery law L6): what people want to see. */
function short(generation: number): number {
  return generation % 2 ** 40;
}

function entitlements({ entitlements: lists }: LinkStatus): string {
  const values = Object.values(lists).flatMap((list) => list?.items.map((item) => item.value) ?? []);
  const text = values.join(' ');
  return text.length > ROLE_WIDTH ? `${text.slice(0, ROLE_WIDTH - 1)}…` : text;
}
