import { readFileSync } from 'node:fs';
import { isNativeError } from 'node:util/types';
import { ConfigurationError } from '@rolebridge/observability';
import type { ErrorObject } from 'ajv';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { closest } from './suggestion.ts';

/** Keys and indexes from the root to a value. */
export type Path = readonly (string | number)[];

/** A YAML file that can tell the line of each of its values, so that a problem can name it. */
export interface YamlSource {
  readonly value: unknown;
  /** One sentence: file, line, field, what would be right. */
  problem(path: Path, text: string): string;
  /** The problems behind errors of ajv (run with `allErrors` and `verbose`), one per field; a schema's `description` says what would be right. */
  problems(errors: readonly ErrorObject[]): readonly string[];
}

/** Reads a YAML file; throws {@link ConfigurationError} when it is missing, unreadable or not YAML. */
export function readYaml(file: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(read(file), { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ConfigurationError(document.errors.map((error) => `${file}:${lines.linePos(error.pos[0]).line}: is not valid YAML: ${error.message}`));
  }
  return new Source(file, document, lines);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!isNativeError(error) || !('code' in error)) throw error;
    const missing = error.code === 'ENOENT';
    throw new ConfigurationError([`${file}: ${missing ? 'does not exist' : 'cannot be read'}; give the path of a readable YAML file.`]);
  }
}

class Source implements YamlSource {
  readonly value: unknown;
  readonly #file: string;
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(file: string, document: Document, lines: LineCounter) {
    this.#file = file;
    this.#document = document;
    this.#lines = lines;
    this.value = document.toJS();
  }

  problem(path: Path, text: string): string {
    const line = this.#lineOf(path);
    return `${this.#file}${line === undefined ? '' : `:${line}`}: ${label(path, this.value)}${text}`;
  }

  problems(errors: readonly ErrorObject[]): readonly string[] {
    const found = new Map<string, string>();
    for (const error of errors) {
      const path = pathOf(error, this.value);
      const key = JSON.stringify(path);
      if (!found.has(key)) found.set(key, this.problem(path, textOf(error)));
    }
    return [...found.values()];
  }

  /** The line of the value, else of the nearest thing around it. */
  #lineOf(path: Path): number | undefined {
    for (let length = path.length; length >= 0; length -= 1) {
      const node: unknown = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#lines.linePos(node.range[0]).line;
    }
    return undefined;
  }
}

/** `systems[0] (sales-cloud).url: ` */
function label(path: Path, root: unknown): string {
  let at = root;
  const text = path.reduce<string>((so, step) => {
    at = child(at, step);
    const name = typeof step === 'number' ? child(at, 'name') : undefined;
    return `${so}${typeof step === 'number' ? `[${step}]` : so ? `.${step}` : step}${typeof name === 'string' ? ` (${name})` : ''}`;
  }, '');
  return text ? `${text} ` : '';
}

function child(value: unknown, step: string | number): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined; // plain data of the YAML parser
}

function pathOf(error: ErrorObject, root: unknown): Path {
  const extra: unknown = error.params['additionalProperty'] ?? error.params['missingProperty'];
  const steps = error.instancePath.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  let at = root;
  const path = steps.map((step) => {
    const key = Array.isArray(at) ? Number(step) : step;
    at = child(at, key);
    return key;
  });
  return typeof extra === 'string' ? [...path, extra] : path;
}

function textOf(error: ErrorObject): string {
  const schema = error.parentSchema ?? {};
  if (error.keyword === 'additionalProperties') return unknownKey(String(error.params['additionalProperty']), Object.keys(schema['properties'] ?? {}));
  if (error.keyword === 'required') return missingKey(schema, String(error.params['missingProperty']));
  const right: unknown = schema['description'];
  return typeof right === 'string' ? `must be ${right}.` : `${error.message ?? 'is not valid'}.`;
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = closest(key, known);
  return `is not a known key${meant ? `; did you mean ${meant}?` : `; known are ${known.join(', ')}.`}`;
}

function missingKey(schema: Readonly<Record<string, unknown>>, key: string): string {
  const right = child(child(child(schema, 'properties'), key), 'description');
  return `is missing${typeof right === 'string' ? `; it must be ${right}.` : '.'}`;
}
