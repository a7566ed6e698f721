import type { Command } from 'commander';
import type { Session } from './session.ts';

/** What was chosen on the command line, with its options. */
export type Run = (session: Session) => Promise<void>;

/** Something that can be measured: it owns its name, its options and their help. */
export interface Scenario {
  /** Adds its command; `choose` is told what to run when it was named. */
  declare(program: Command, choose: (run: Run) => void): void;
}
