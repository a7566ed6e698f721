import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { ConfigurationError } from './configuration-error.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment into a class whose properties carry the names of the variables and class-validator decorators.
 * A variable becomes what its property's default is: number, boolean (`true`/`false`) or string[] (comma list); without a default the
 * declared type counts. An empty variable counts as not set, so the property keeps its default. A subclass that only changes a default
 * repeats no decorators: class-validator would take its own instead of the inherited ones. Throws {@link ConfigurationError} with one message per variable.
 */
export function loadEnvironment<T extends object>(Class: new () => T, env: Variables = process.env): T {
  const environment = plainToInstance(Class, converted(Class, env));
  const errors = validateSync(environment, { whitelist: true, forbidUnknownValues: false, stopAtFirstError: true });
  if (errors.length > 0) throw new ConfigurationError(errors.map((error) => problemOf(error, env)));
  return environment;
}

/** The variables that are set, each as the kind its property has. Only properties of `Class` are looked at. */
function converted(Class: new () => object, env: Variables): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(new Class()).flatMap(([name, byDefault]) => {
      const text = env[name]?.trim();
      return text ? [[name, convert(text, kindOf(byDefault, Class, name))]] : [];
    }),
  );
}

function kindOf(byDefault: unknown, Class: new () => object, name: string): unknown {
  return byDefault === undefined || byDefault === null ? Reflect.getMetadata('design:type', Class.prototype, name) : Object(byDefault).constructor;
}

function convert(text: string, kind: unknown): unknown {
  if (kind === Number) return Number(text);
  if (kind === Boolean) return text === 'true' ? true : text === 'false' ? false : text;
  if (kind !== Array) return text;
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Never quotes the value: it may be a secret. */
function problemOf(error: ValidationError, env: Variables): string {
  const said = Object.values(error.constraints ?? {})[0] ?? 'is not valid';
  const text = said.startsWith(`${error.property} `) ? said.slice(error.property.length + 1) : said;
  const unset = env[error.property] ? '' : 'is not set; it ';
  return `${error.property}: ${unset}${text}${text.endsWith('.') ? '' : '.'}`;
}
