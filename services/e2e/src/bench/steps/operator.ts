import type { RolebridgeSubject } from '../rolebridge.subject.ts';

/** An operator of the services that are measured. */
export interface OperatorDesk {
  get<T>(port: number, path: string): Promise<T>;
  post<T>(port: number, path: string, body: object): Promise<T>;
}

/** Answers are those of our own services, so their types are taken as promised. */
export function operatorOf({ landscape: { secrets } }: RolebridgeSubject): OperatorDesk {
  const headers = { authorization: `Bearer ${secrets.operatorToken}`, 'content-type': 'application/json' };
  const call = async (port: number, path: string, init: RequestInit): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
    return answer.json();
  };
  return {
    get: async <T>(port: number, path: string) => (await call(port, path, {})) as T,
    post: async <T>(port: number, path: string, body: object) => (await call(port, path, { method: 'POST', body: JSON.stringify(body) })) as T,
  };
}

/** Values of one metric by one of its labels, from `/metrics`; without a label the sum under an empty name. */
export async function metricBy(port: number, metric: string, label?: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const sums = new Map<string, number>();
  for (const [, labels = '', value = ''] of text.matchAll(new RegExp(`^${metric}\\{([^}]*)\\} (\\S+)$`, 'gm'))) {
    const name = label === undefined ? '' : (new RegExp(`${label}="([^"]*)"`).exec(labels)?.[1] ?? '');
    sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}
