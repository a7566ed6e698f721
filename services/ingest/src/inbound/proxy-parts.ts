import type { UserModel } from '@rolebridge/scim';
import type { ProxyWriter } from '../store/proxy-writer.ts';
import type { ProxyAnswers } from './proxy-answer.ts';
import type { ProxyReader } from './proxy-reader.ts';
import type { ProxySystems } from './proxy-system.ts';

/** What the controllers of the proxy API work with. */
export interface ProxyParts {
  readonly systems: ProxySystems;
  readonly reader: ProxyReader;
  readonly publicUrl: string | undefined;
  readonly model: UserModel;
  readonly writer: ProxyWriter;
  readonly answers: ProxyAnswers;
  /** Within the time a caller waits for a commit; what cannot be committed is answered "please repeat". */
  readonly bounded: <T>(work: Promise<T>) => Promise<T>;
}
