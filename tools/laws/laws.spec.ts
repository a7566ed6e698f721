import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DELIVERY = Array.from({ length: 30 }, (_, at) => `L${at + 1}`);
/** Of deciding: five that every decision keeps. */
const DECIDING = Array.from({ length: 5 }, (_, at) => `D${at + 1}`);
const LAWS = [...DELIVERY, ...DECIDING];

interface Guard {
  readonly file: string;
  readonly link: string;
  readonly title: string;
}

interface Law {
  readonly name: string;
  readonly text: string;
  readonly guards: readonly Guard[];
}

const page = readFileSync(`${ROOT}docs/laws.md`, 'utf8');
const laws: readonly Law[] = page.split(/^### /m).slice(1).map((text) => ({
  name: /^[LD]\d+/.exec(text)?.[0] ?? '',
  text,
  guards: [...text.matchAll(/^- guard: \[(.+?)\]\((.+?)\) "(.+)"$/gm)].map(([, file = '', link = '', title = '']) => ({ file, link, title })),
}));

/** Of the tests and groups of tests in a file, as they are told. */
function titlesIn(file: string): readonly string[] {
  const source = readFileSync(`${ROOT}${file}`, 'utf8');
  return [...source.matchAll(/\b(?:test|describe)(?:\.each[^(]*\([\s\S]*?\))?\(\s*(['"`])((?:\\.|(?!\1).)+)\1/g)].map(([, , title = '']) => title.replaceAll(/\\(.)/g, '$1'));
}

test('the page tells of every law once, in order', () => {
  expect(laws.map(({ name }) => name)).toEqual(LAWS);
});

describe.each(laws)('$name', ({ name, text, guards }) => {
  test('has a guard that is named after it, and tells what was broken to see it fail', () => {
    expect(guards.filter(({ title }) => new RegExp(String.raw`\b${name}\b`).test(title)).map(({ file }) => file)).not.toEqual([]);
    expect(text).toMatch(/^- broken: \S/m);
  });

  test.each(guards)('is guarded in $file: $title', ({ file, link, title }) => {
    expect(link).toBe(`../${file}`);
    expect(existsSync(`${ROOT}${file}`)).toBe(true);
    expect(titlesIn(file)).toContain(title.replaceAll('\\"', '"'));
  });
});

test('code, tests and documents name no other law', () => {
  const files = globSync(['{libs,services,docs,deploy}/**/*.{ts,mjs,sql,md,yaml}', 'README.md'], { cwd: ROOT, exclude: (name) => ['node_modules', 'dist'].includes(name) });
  const named = files.flatMap((file) => readFileSync(`${ROOT}${file}`, 'utf8').match(/\([LD]\d+\b/g)?.map((law) => law.slice(1)) ?? []);
  expect(new Set(named).size).toBe(LAWS.length);
  expect(named.filter((law) => !LAWS.includes(law))).toEqual([]);
});
