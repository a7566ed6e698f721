import type { Dialect } from '../directory/plan.ts';
import type { ChaosService } from '../faults/schedule.ts';
import type { Strand } from '../stories/story.ts';
import type { CrashPoint } from './point.ts';

/** A place between two durable writes (design: one change, left to right) at which a service dies. */
export interface CrashStep {
  readonly service: ChaosService;
  readonly title: string;
  readonly point: CrashPoint;
  /** What must happen so that the service comes to this point. */
  readonly needs: 'joiner' | 'mover' | 'rename' | 'leaver';
  /** How the identity system says it. */
  readonly by: Strand['by'];
  /** How the directory must be spoken to so that there is such a step. */
  readonly dialect: Dialect;
}

const CONNECTOR = 'connector-x-directory';
const PRODUCE = '^0$';
const OFFSET_COMMIT = '^8 ';
const END_TXN = '^26$';

const sql = (when: CrashPoint['when'], at: string, within?: string): CrashPoint => ({ wire: 'sql', at, when, ...(within === undefined ? {} : { within }) });
const kafka = (when: CrashPoint['when'], at: string): CrashPoint => ({ wire: 'kafka', at, when });
const http = (when: CrashPoint['when'], at: string): CrashPoint => ({ wire: 'http', at, when });
const step = (service: ChaosService, title: string, point: CrashPoint, needs: CrashStep['needs'] = 'joiner'): CrashStep => ({ service, title, point, needs, by: 'scim', dialect: 'single' });

const COMMIT = '^commit$';

/** The relay is the same in every service: publish, end the transaction, delete. */
const relay = (service: ChaosService): readonly CrashStep[] => [
  step(service, 'before its relay sends the records', kafka('before', PRODUCE)),
  step(service, 'after the broker has the records, before their transaction ends', kafka('before', END_TXN)),
  step(service, 'after their transaction has ended, before the outbox is emptied', kafka('after', END_TXN)),
  step(service, 'after the outbox is emptied', sql('after', '^delete from outbox')),
];

const consumer = (service: ChaosService, title: string, within: string, group = ''): readonly CrashStep[] => [
  step(service, `before ${title} is committed`, sql('before', COMMIT, within)),
  step(service, `after ${title} is committed`, sql('after', COMMIT, within)),
  step(service, 'before the group’s offsets are committed', kafka('before', `${OFFSET_COMMIT}${group}`)),
];

const call = (title: string, at: string, needs: CrashStep['needs']): readonly CrashStep[] => [
  step(CONNECTOR, `before the target is asked to ${title}`, http('before', at), needs),
  step(CONNECTOR, `after the target did ${title}, before anybody knows`, http('after', at), needs),
];

const committed = (title: string, within: string): readonly CrashStep[] => [
  step(CONNECTOR, `before ${title} is committed`, sql('before', COMMIT, within)),
  step(CONNECTOR, `after ${title} is committed`, sql('after', COMMIT, within)),
];

/** Told by topic. Backwards: whoever died behind the commit reads the same record again, and would commit its offsets at the next point. */
const toldByTopic = (steps: readonly CrashStep[]): readonly CrashStep[] => steps.map((one): CrashStep => ({ ...one, by: 'topic' })).toReversed();

/** What lies between a link that was claimed and its verdict when accounts go in bundles and groups are shared. */
const SHARED: readonly CrashStep[] = [
  ...call('open accounts in a bundle', '^POST /bundles ', 'joiner'),
  ...committed('what groups have to become', 'insert into group_wait'),
  step(CONNECTOR, 'after a group was claimed', sql('after', 'insert into group_lease')),
  ...call('write a group', '^PUT /groups/', 'joiner'),
  ...committed('what became of a group', 'set done_at = coalesce'),
  ...committed('the end of a group’s writing', 'update group_lease set token = null'),
];

/** Every durable write of the path, from the front door to the outcome, with what lies before and behind it. */
export const CRASH_STEPS: readonly CrashStep[] = [
  step('ingest', 'before user and outbox are committed', sql('before', COMMIT, 'insert into outbox')),
  step('ingest', 'after user and outbox are committed, before the caller is answered', sql('after', COMMIT, 'insert into outbox')),
  ...relay('ingest'),
  ...toldByTopic(consumer('ingest', 'what an identity system said on idm.user-change.v1', 'insert into source_identity', '.*\\.ingest$')),
  ...consumer('role-mapping', 'the judgement', 'insert into consumer_offset'),
  ...relay('role-mapping'),
  ...consumer(CONNECTOR, 'the wish', 'insert into link'),
  step(CONNECTOR, 'after a link was claimed', sql('after', `set state = 'applying', lease_token`)),
  step(CONNECTOR, 'before what is about to be attempted is noted', sql('before', 'set attempted = a.attempted')),
  step(CONNECTOR, 'after what is about to be attempted was noted', sql('after', 'set attempted = a.attempted')),
  ...call('open an account', '^POST /accounts ', 'joiner'),
  ...call('change groups', '^PATCH /accounts/', 'mover'),
  ...call('change an account', '^PUT /accounts/', 'rename'),
  ...call('remove an account', '^DELETE /accounts/', 'leaver'),
  step(CONNECTOR, 'before the verdict is committed', sql('before', COMMIT, 'last_applied = case when')),
  step(CONNECTOR, 'after the verdict is committed', sql('after', COMMIT, 'last_applied = case when')),
  ...relay(CONNECTOR),
  ...SHARED.map((one): CrashStep => ({ ...one, dialect: 'shared' })),
];
