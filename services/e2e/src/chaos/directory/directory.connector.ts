import type { CallContext, Connector, LinkView, Step, StepResult } from '@rolebridge/connector-sdk';
import type { System } from '@rolebridge/landscape';
import { directoryClient } from './client.ts';
import { behalfOf, type DirectoryObservation, type DirectoryPayload, type DirectoryState, ownerOf, planDirectory } from './plan.ts';

type Link = LinkView<DirectoryState>;

/** The connector of the chaos directory: readable, confirms what it does, several calls for one wish. */
export function directoryConnector({ url, limits }: System): Connector<DirectoryState, DirectoryObservation> {
  const call = directoryClient(url, limits.timeoutMs);

  async function apply(step: Step, { accountId = '' }: Link, { signal }: CallContext): Promise<StepResult> {
    const payload = step.payload as DirectoryPayload; // made by planDirectory and handed through unchanged
    const at = `/accounts/${accountId}`;
    const { owner, number, generation } = payload;
    const common = { owner, number, generation, signal };
    switch (payload.kind) {
      case 'create': {
        const account = await call({ ...common, method: 'POST', path: '/accounts', body: payload.fields });
        return account ? { accountId: account.id } : {};
      }
      case 'update':
        await call({ ...common, method: 'PUT', path: at, body: payload.fields });
        return {};
      case 'groups':
        await call({ ...common, method: 'PATCH', path: `${at}/groups`, body: { add: payload.add, remove: payload.remove } });
        return {};
      case 'delete':
        await call({ ...common, method: 'DELETE', path: at });
        return {};
    }
  }

  return {
    kind: 'x-directory',
    confirmable: true,
    settingsHash: '1',
    keyCandidates: (desired) => [ownerOf(desired)],
    async observe({ accountId }, desired, { signal }) {
      const common = { ...behalfOf(desired), method: 'GET', signal } as const;
      const known = accountId === undefined ? undefined : await call({ ...common, path: `/accounts/${accountId}` });
      return known ?? (await call({ ...common, path: '/accounts' })) ?? null;
    },
    plan: planDirectory,
    apply,
    probe: async (signal) => void (await call({ owner: '', number: 0, generation: 0, method: 'GET', path: '/accounts', signal })),
  };
}
