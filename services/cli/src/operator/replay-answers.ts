import { REPLAY_STATES, type ReapplyList, type ReapplyStatus, type ReplayList, type ReplayStatus } from '@rolebridge/contracts';
import { isFlag, isNumber, isText, listOf, oneOf, optional, orNull, shape } from './shape.ts';

const replay = shape({
  id: isNumber,
  consumer: isText,
  topic: isText,
  state: oneOf(REPLAY_STATES),
  offsets: isNumber,
  passed: isNumber,
  records: isNumber,
  changed: isNumber,
  unreadable: isNumber,
  problem: optional(isText),
  operator: isText,
  startedAt: isText,
  endedAt: orNull(isText),
});
const replays = shape({ replays: listOf(replay) });
const reapply = shape({ system: isText, people: isNumber, done: isNumber, running: isFlag, operator: isText, startedAt: isText });
const reapplies = shape({ reapplies: listOf(reapply) });

export const isReplayStatus = (value: unknown): value is ReplayStatus => replay(value);
export const isReplayList = (value: unknown): value is ReplayList => replays(value);
export const isReapplyStatus = (value: unknown): value is ReapplyStatus => reapply(value);
export const isReapplyList = (value: unknown): value is ReapplyList => reapplies(value);
