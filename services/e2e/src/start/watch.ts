import type { ConnectorStatus, LinkStatus, SystemStatus, UserStatus } from '@rolebridge/contracts';
import type { Drain } from '../landscape/drained.ts';
import type { LocalLandscape } from '../landscape/local-landscape.ts';

/** What operators see of the landscape, asked with an operator's token. */
export interface Watch {
  systems(): Promise<readonly SystemStatus[]>;
  /** Links of a person at all systems. */
  links(userId: string): Promise<readonly LinkStatus[]>;
  /** Resolves when every accepted change has reached its link and no link moves by itself any more. */
  quiet(signal: AbortSignal): Promise<void>;
}

const LOOK_MS = 250;
/** States in which a link will not move by itself soon. */
const RESTING = ['accepted', 'applied', 'unchanged', 'rejected', 'exhausted', 'held'] as const;

export function watchOf({ ports, secrets }: LocalLandscape, drain: Drain): Watch {
  const connectors = [ports.connectorSalesCloud, ports.connectorFieldglass];

  async function ask<T>(port: number, path: string): Promise<T | undefined> {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${secrets.operatorToken}` }, signal: AbortSignal.timeout(3_000) });
      return answer.ok ? ((await answer.json()) as T) : undefined; // the shapes of contracts/operator.ts
    } catch {
      return undefined; // a service that is being restarted; the next look tells
    }
  }

  const watch: Watch = {
    async systems() {
      const answers = await Promise.all(connectors.map((port) => ask<ConnectorStatus>(port, '/operator/status')));
      return answers.flatMap((answer) => answer?.systems ?? []);
    },
    async links(userId) {
      const answers = await Promise.all(connectors.map((port) => ask<UserStatus>(port, `/operator/users/${userId}`)));
      return answers.flatMap((answer) => answer?.systems ?? []);
    },
    async quiet(signal) {
      for (;;) {
        signal.throwIfAborted();
        if ((await drain.isEmpty()) && (await resting())) return;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
  };

  async function resting(): Promise<boolean> {
    const systems = await watch.systems();
    return systems.length === connectors.length && systems.every(isResting);
  }
  return watch;
}

function isResting({ states, breaker }: SystemStatus): boolean {
  const total = Object.values(states).reduce((sum, n) => sum + n, 0);
  return breaker === 'closed' && RESTING.reduce((sum, state) => sum + states[state], 0) === total;
}
