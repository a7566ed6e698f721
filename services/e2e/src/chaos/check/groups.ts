import { BY_HAND, type ListWrite } from '../directory/groups.ts';
import type { Oracle } from '../stories/oracle.ts';
import { isAbandoned } from './calls.ts';
import type { Evidence, Finding, Verdict } from './evidence.ts';

/** The members of each group are those whom the stories wish there, and those by hand: nobody lost anybody else's membership. */
export function checkGroups(oracle: Oracle, { directory: { groups, accounts } }: Evidence): readonly Finding[] {
  return groups.flatMap(({ name, members }) => {
    const wished = accounts.filter(({ owner }) => oracle.get(owner)?.['chaos-directory'].roles.includes(name)).map(({ id }) => id);
    const right = [...wished, ...BY_HAND];
    return [
      ...right.filter((member) => !members.includes(member)).map((member) => ({ checker: 'group members', text: `${member} is missing in ${name}` })),
      ...members.filter((member) => !right.includes(member)).map((member) => ({ checker: 'group members', text: `${member} is in ${name} although nobody wishes it` })),
    ];
  });
}

/**
 * Whoever writes a full list has read the one before. A list that was made from an older one erases what came between: late, when one of
 * the two calls was given up by its caller, and then it must have been repaired (L24); else there were two writers (L21).
 */
export function checkLists(evidence: Evidence): Verdict {
  const { lists, bundles } = evidence.directory;
  const stale = lists.flatMap((list) => {
    const erased = lists.filter(({ group, version }) => group === list.group && version > list.basedOn && version < list.version);
    return erased.length === 0 ? [] : [{ list, late: isLate(list, evidence) || erased.every((one) => isLate(one, evidence)) }];
  });
  const parts = bundles.flatMap((bundle) => bundle.parts);
  const several = bundles.filter((bundle) => bundle.parts.length > 1);
  const count = (text: string): number => parts.filter(({ fault }) => fault === text).length;
  return {
    findings: stale.filter(({ late }) => !late).map(({ list: { group, version, basedOn } }) => ({ checker: 'overwritten', text: `list ${version} of ${group} was made from list ${basedOn}` })),
    notes: lists.length + bundles.length === 0 ? [] : [
      `chaos-directory: ${lists.length} full lists of groups, ${stale.filter(({ late }) => late).length} of them late; ${parts.length} accounts in ${bundles.length} bundles, ${several.length} of several: ` +
        `${several.filter(({ refused }) => refused).length} refused whole, ${count('says 503') + count('says 429')} parts put off, ${count('done unsaid')} done and ${count('forgotten')} forgotten without a word`,
    ],
  };
}

function isLate({ arrivedAtMs, atMs }: ListWrite, evidence: Evidence): boolean {
  return isAbandoned({ fromMs: arrivedAtMs, toMs: atMs }, 'chaos-directory', evidence);
}
