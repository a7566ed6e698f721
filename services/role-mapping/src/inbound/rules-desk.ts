import { ConfigurationError } from '@rolebridge/observability';
import type { Logger } from '@rolebridge/observability';
import { recordOrder } from '@rolebridge/persistence';
import type { Database } from '@rolebridge/persistence';

import { retireSystem, reviveSystems, storeRuleSet, systemsInUse } from '../store/rule-set.repository.ts';
import type { StoredVersion } from '../store/rule-set.repository.ts';
import { loadRules } from './rule-folders.ts';

export interface RulesDeskOptions {
  readonly database: Database;
  readonly directory: string;
  /** Names of the configured systems. */
  readonly systems: readonly string[];
  readonly log: Logger;
  /** New rules are stored: everybody has to be judged again. */
  readonly onAdded: () => void;
}

/** Brings the rules from the folder into the database: at start, on SIGHUP, and when an operator says so. */
export class RulesDesk {
  readonly #options: RulesDeskOptions;

  constructor(options: RulesDeskOptions) {
    this.#options = options;
  }

  /**
   * Reads the folder and makes it the active rules if it says anything new. Throws `ConfigurationError` when the rules are wrong, or
   * when a system that people have accounts in is no longer configured and nobody retired it (L14); nothing is changed then.
   */
  async load(): Promise<StoredVersion> {
    const { database, directory, systems, log, onAdded } = this.#options;
    const rules = loadRules(directory, systems);
    await this.#refuseVanished();
    const stored = await storeRuleSet(database, rules);
    await reviveSystems(database, systems);
    log.info({ ruleSet: stored.version, added: stored.added }, stored.added ? 'new rules are active' : 'the rules are the ones already active');
    if (stored.added) onAdded();
    return stored;
  }

  /** From now on the system may be missing at the next start. Its accounts stay as they are. */
  async retire(system: string, by: string): Promise<void> {
    await this.#options.database.transaction(async (sql) => {
      await retireSystem(sql, system, by);
      await recordOrder(sql, { order: 'retire', operator: by, reason: 'no reason given', system, affected: 1 });
    });
    this.#options.log.warn({ system, by }, 'the system is retired: it may be missing from the configuration from now on');
  }

  async #refuseVanished(): Promise<void> {
    const { database, systems } = this.#options;
    const vanished = (await systemsInUse(database)).filter((system) => !systems.includes(system));
    if (vanished.length === 0) return;
    throw new ConfigurationError(
      vanished.map((system) => `System ${system}: the active rules give accounts there, but it is no longer configured. Put it back; to give it up for good, call POST /operator/systems/${system}/retire first, while it is still configured.`),
    );
  }
}
