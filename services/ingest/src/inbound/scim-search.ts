import type { Database } from '@rolebridge/persistence';
import type { ResourceModel } from '@rolebridge/scim';
import type { DialectRules } from './scim-dialect.ts';
import type { ScimPages } from './scim-pages.ts';

/** What searching works with. */
export interface SearchParts {
  readonly reading: Database;
  readonly model: ResourceModel;
  readonly groupModel: ResourceModel;
  readonly pages: ScimPages;
}

/** Who asks: under which address, and in which dialect. */
export interface SearchContext {
  readonly baseUrl: string;
  readonly dialect: DialectRules;
}
