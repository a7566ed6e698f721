import type { Bundling, CallContext, Connector, LinkView, MemberResult, SharedGroups, Step, StepResult } from '@rolebridge/connector-sdk';
import type { System } from '@rolebridge/landscape';
import type { DirectoryAccount } from './accounts.ts';
import type { BundlePart, PartAnswer } from './bundle.ts';
import { type DirectoryClient, directoryClient, refusal } from './client.ts';
import type { DirectoryGroup, FullList } from './groups.ts';
import { behalfOf, type Dialect, type DirectoryObservation, type DirectoryPayload, type DirectoryState, ownerOf, planDirectory } from './plan.ts';

type Link = LinkView<DirectoryState>;

/** The connector of the chaos directory: readable, confirms what it does, several calls for one wish. `settings.dialect`: how it speaks, default `single`. */
export function directoryConnector({ url, limits, settings }: System): Connector<DirectoryState, DirectoryObservation> {
  const call = directoryClient(url, limits.timeoutMs);
  const dialect: Dialect = settings['dialect'] === 'shared' ? 'shared' : 'single';

  async function apply(step: Step, { accountId = '' }: Link, { signal }: CallContext): Promise<StepResult> {
    const payload = step.payload as DirectoryPayload; // made by planDirectory and handed through unchanged
    const at = `/accounts/${accountId}`;
    const { owner, number, generation } = payload;
    const common = { owner, number, generation, signal };
    switch (payload.kind) {
      case 'create': {
        const account = await call<DirectoryAccount>({ ...common, method: 'POST', path: '/accounts', body: payload.fields });
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
      const known = accountId === undefined ? undefined : await call<DirectoryAccount>({ ...common, path: `/accounts/${accountId}` });
      return known ?? (await call<DirectoryAccount>({ ...common, path: '/accounts' })) ?? null;
    },
    plan: (input) => planDirectory(input, dialect),
    apply,
    probe: async (signal) => void (await call({ ...NOBODY, method: 'GET', path: '/accounts', signal })),
    ...(dialect === 'shared' ? { groups: groupsOf(call), bundle: bundlingOf(call) } : {}),
  };
}

/** Calls that are made for several people at once. */
const NOBODY = { owner: '', number: 0, generation: 0 } as const;

/** Few, so that many people's changes need several lists. */
const MOST_CHANGES = 4;

function groupsOf(call: DirectoryClient): SharedGroups {
  return {
    maxChanges: MOST_CHANGES,
    async read(name, { signal }) {
      const group = await call<DirectoryGroup>({ ...NOBODY, method: 'GET', path: `/groups/${name}`, signal });
      return group && { members: group.members, resource: group.version };
    },
    async write({ group, members, snapshot }, { signal }) {
      const body: FullList = { members, basedOn: Number(snapshot.resource) };
      await call({ ...NOBODY, method: 'PUT', path: `/groups/${group}`, body, signal });
    },
  };
}

const MOST_PARTS = 5;

function bundlingOf(call: DirectoryClient): Bundling<DirectoryState> {
  return {
    maxSize: MOST_PARTS,
    bundleOf: ({ payload }) => (isPart(payload as DirectoryPayload) ? 'accounts' : undefined), // made by planDirectory
    async apply(members, { signal }) {
      const parts = members.map(({ step, link }): BundlePart => partOf(step.payload as DirectoryPayload, link)); // the same
      const said = await call<{ readonly answers: readonly (PartAnswer | null)[] }>({ ...NOBODY, method: 'POST', path: '/bundles', body: { parts }, signal });
      return (said?.answers ?? []).map((answer) => answer === null ? undefined : resultOf(answer));
    },
  };
}

type Part = Extract<DirectoryPayload, { readonly kind: 'create' | 'update' }>;

/** Who leaves does not wait for others. */
function isPart(payload: DirectoryPayload): payload is Part {
  return payload.kind === 'create' || payload.kind === 'update';
}

function partOf(payload: DirectoryPayload, { accountId = '' }: Link): BundlePart {
  if (!isPart(payload)) throw new Error(`A step of the kind ${payload.kind} never goes in a bundle.`);
  return { ...payload, id: accountId };
}

function resultOf({ status, account }: PartAnswer): MemberResult {
  if (status !== 200) return { failure: refusal(status) };
  return { result: account ? { accountId: account.id } : {} };
}
