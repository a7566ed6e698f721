import { SqlError } from '@rolebridge/persistence';
import { ScimError } from '@rolebridge/scim';

/** SQLSTATE of a statement that the server ended because it took too long. */
const ENDED = '57014';

/** A question that takes longer than the database may work on it is refused as the RFC says (RFC 7644 §3.12). @throws ScimError `tooMany` */
export async function orTooMany<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SqlError && error.code === ENDED) throw ScimError.of('tooMany', 'The question takes too long to answer; ask for less, or by an attribute that is found fast.');
    throw error;
  }
}
