import type { ProxyReader } from './proxy-reader.ts';
import type { ProxySystems } from './proxy-system.ts';

/** What the controllers of the proxy API work with. */
export interface ProxyParts {
  readonly systems: ProxySystems;
  readonly reader: ProxyReader;
  readonly publicUrl: string | undefined;
}
