/** A small grammar for messages: what an element may hold, in which order, how often. */
export type Content = Leaf | Node;

export interface Leaf {
  readonly kind: 'leaf';
  /** What is wrong with the text, or `undefined`. */
  readonly problem: (text: string) => string | undefined;
  readonly attributes?: Readonly<Record<string, Leaf>>;
}

export interface Node {
  readonly kind: 'node';
  readonly children: readonly Child[];
  readonly attributes?: Readonly<Record<string, Leaf>>;
}

export interface Child {
  readonly name: string;
  readonly content: Content;
  readonly min: 0 | 1;
  readonly max: number;
}

/** Text without outer blanks, double blanks or line breaks, 1 to `max` characters. */
export function token(max: number): Leaf {
  return {
    kind: 'leaf',
    problem: (value) => {
      if (value !== value.trim() || /[\t\n\r]| {2}/.test(value)) return 'has blanks that would be lost';
      return lengthProblem(value, 1, max);
    },
  };
}

export function text(max: number, min = 0): Leaf {
  return { kind: 'leaf', problem: (value) => lengthProblem(value, min, max) };
}

export function pattern(expression: RegExp, said: string): Leaf {
  return { kind: 'leaf', problem: (value) => (expression.test(value) ? undefined : said) };
}

export function withAttributes(leaf: Leaf, attributes: Readonly<Record<string, Leaf>>): Leaf {
  return { ...leaf, attributes };
}

/** Names end with `?` (optional), `*` (any number), `+` (one or more), or nothing (exactly one); in the order of the message. */
export function node(children: Readonly<Record<string, Content>>, attributes?: Readonly<Record<string, Leaf>>): Node {
  return {
    kind: 'node',
    children: Object.entries(children).map(([written, content]) => {
      const mark = /[?*+]$/.exec(written)?.[0];
      return { name: written.replace(/[?*+]$/, ''), content, min: mark === '?' || mark === '*' ? 0 : 1, max: mark === '*' || mark === '+' ? Infinity : 1 };
    }),
    ...(attributes ? { attributes } : {}),
  };
}

function lengthProblem(value: string, min: number, max: number): string | undefined {
  const length = Array.from(value).length;
  if (length < min) return 'is empty';
  return length > max ? `has ${String(length)} characters, allowed are ${String(max)}` : undefined;
}
