import type { UserModel } from '@rolebridge/scim';
import type { ScimColumns } from './scim-condition.ts';
import { resourceColumns } from './scim-resource-columns.ts';

/** The attributes of users in SQL, table alias `u`. @param location a parameter with the address of `/Users` */
export function userColumns(model: UserModel, location: () => string): ScimColumns {
  return resourceColumns({
    alias: 'u',
    model,
    resourceType: 'User',
    location,
    own: {
      username: { sql: 'u.user_name_key', as: 'folded', column: 'required' },
      externalid: { sql: 'u.external_id', as: 'text', column: 'optional' },
    },
    lists: {},
  });
}
