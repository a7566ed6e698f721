import { ClassifiedError } from '@rolebridge/contracts';
import type { Database, Sql } from '@rolebridge/persistence';

import { hashOf } from '../decide/canonical.ts';
import { compileRules } from '../decide/compile.ts';
import type { CompiledRules } from '../decide/compile.ts';
import type { RuleSet } from '../decide/rule-set.ts';

/** One per schema; shared by whoever judges, exclusive for whoever adds a version. */
const LOCK_KEY = `hashtextextended(current_schema() || '.rule_set', 0)`;

export interface StoredVersion {
  readonly version: number;
  /** Whether this call made it; `false`: the newest version already says exactly this. */
  readonly added: boolean;
}

/** Versions of rules, and the compiled form of the active one. */
export class RuleSets {
  readonly #compiled = new Map<number, CompiledRules>();

  /**
   * The active rules, for one transaction (L11). Until it ends no newer version can come into being, so nobody can be left behind:
   * whoever is judged by an older version has committed before the newer one exists, and its sweep sees them.
   */
  async active(sql: Sql): Promise<CompiledRules> {
    await sql.query(`select pg_advisory_xact_lock_shared(${LOCK_KEY})`);
    // a statement of its own: its snapshot must be younger than the lock
    const [newest] = await sql.query<{ version: number }>('select max(version) as version from rule_set having max(version) is not null');
    if (newest === undefined) throw unusable('There is no rule set yet: the service stores its rules before it reads anything.');
    return this.#compiled.get(newest.version) ?? this.#load(sql, newest.version);
  }

  async #load(sql: Sql, version: number): Promise<CompiledRules> {
    const [row] = await sql.query<{ content: RuleSet }>('select content from rule_set where version = $1', [version]);
    if (row === undefined) throw unusable(`Rule set ${version} is missing from the table rule_set.`);
    const compiled = compiledOrUnusable(row.content, version);
    this.#compiled.clear();
    this.#compiled.set(version, compiled);
    return compiled;
  }
}

/** A newer release may have stored rules in words that this one does not know; that is no reason to bury anybody. */
function compiledOrUnusable(content: RuleSet, version: number): CompiledRules {
  try {
    return compileRules(content, version);
  } catch (error) {
    throw unusable(`Rule set ${version} cannot be read by this release; update it, or store the rules again.`, { cause: error });
  }
}

function unusable(message: string, options?: ErrorOptions): ClassifiedError {
  return new ClassifiedError({ kind: 'halting', code: 'rules-unusable', message }, options);
}

const ADD = 'insert into rule_set (version, hash, content) select coalesce(max(version), 0) + 1, $1, $2::jsonb from rule_set returning version';

/** Makes these rules the active ones. Rules that equal the newest version keep its number; an older version again is a new one. */
export function storeRuleSet(database: Database, ruleSet: RuleSet): Promise<StoredVersion> {
  const hash = hashOf(ruleSet);
  return database.transaction(async (sql) => {
    await sql.query(`select pg_advisory_xact_lock(${LOCK_KEY})`);
    const [newest] = await sql.query<{ version: number; hash: string }>('select version, hash from rule_set order by version desc limit 1');
    if (newest?.hash === hash) return { version: newest.version, added: false };
    const [added] = await sql.query<{ version: number }>(ADD, [hash, JSON.stringify(ruleSet)]);
    if (added === undefined) throw new Error('The rule set was not stored.');
    return { version: added.version, added: true };
  });
}

/** The newest version, when not everybody has been judged by it yet. */
export async function unsweptVersion(sql: Sql): Promise<number | undefined> {
  const [row] = await sql.query<{ version: number; sweptAt: Date | null }>('select version, swept_at as "sweptAt" from rule_set order by version desc limit 1');
  return row && row.sweptAt === null ? row.version : undefined;
}

/** Says that everybody has been judged by this version, if that is so. */
export async function markSwept(sql: Sql, version: number): Promise<boolean> {
  const rows = await sql.query(
    'update rule_set set swept_at = now() where version = $1 and not exists (select from user_state where rule_set < $1) returning version',
    [version],
  );
  return rows.length > 0;
}

/** Systems that accounts were given in, and that nobody retired. */
export async function systemsInUse(sql: Sql): Promise<readonly string[]> {
  const rows = await sql.query<{ system: string }>(`
    select distinct system from (
      select jsonb_object_keys(content -> 'systems') as system from (select content from rule_set order by version desc limit 1) as newest
    ) as used where system not in (select system from retired_system) order by system`);
  return rows.map(({ system }) => system);
}

/** From now on the system may be missing from the configuration (L14). Its accounts stay as they are. */
export async function retireSystem(sql: Sql, system: string, by: string): Promise<void> {
  await sql.query('insert into retired_system (system, retired_by) values ($1, $2) on conflict (system) do nothing', [system, by]);
}

/** Systems that are configured are not retired, whatever was said before. */
export async function reviveSystems(sql: Sql, systems: readonly string[]): Promise<void> {
  await sql.query('delete from retired_system where system = any($1::text[])', [systems]);
}
