import { list, reference, text } from './attribute.ts';
import type { Schema } from './attribute.ts';
import { URN } from './urns.ts';

const KEY_MAX_LENGTH = 255;
const immutable = { mutability: 'immutable' } as const;
const readOnly = { mutability: 'readOnly' } as const;

/** RFC 7643 §4.2. Names may repeat: identity systems tell groups apart by id. */
const coreGroup = (memberDisplay: 'default' | 'request'): Schema => ({
  id: URN.group,
  name: 'Group',
  description: 'Group',
  attributes: [
    text('displayName', 'The name of the group.', { required: true, maxLength: KEY_MAX_LENGTH }),
    text('externalId', "The group's id at the caller.", { caseExact: true, maxLength: KEY_MAX_LENGTH }),
    list('members', 'Who is in the group.', [
      text('value', 'Id of the user or group.', { ...immutable, required: true, caseExact: true, maxLength: KEY_MAX_LENGTH }),
      reference('$ref', 'Address of the user or group.', ['User', 'Group'], { ...immutable }),
      text('type', 'User or Group.', { ...immutable, canonicalValues: ['User', 'Group'] }),
      text('display', 'Its name.', { ...readOnly, returned: memberDisplay }),
    ]),
  ],
});

/** SAP's extension (SAP-docs, Identity Authentication, Identity Directory SCIM API). */
const sapGroup: Schema = {
  id: URN.sapGroup,
  name: 'SAPGroup',
  description: 'SAP group',
  attributes: [
    text('type', 'userGroup, authorization, or another kind.'),
    text('supportedOperations', 'What may be written to the group, e.g. membersOnly.'),
    text('applicationId', 'The application that the group belongs to.', { caseExact: true, maxLength: KEY_MAX_LENGTH }),
  ],
};

const sapCustomGroup: Schema = {
  id: URN.sapCustomGroup,
  name: 'CustomGroup',
  description: 'Technical name and description',
  attributes: [
    text('name', 'Technical name.', { maxLength: KEY_MAX_LENGTH }),
    text('description', 'Description.'),
    text('additionalId', 'A further id.', { maxLength: KEY_MAX_LENGTH }),
  ],
};

/** The schemas of a group as served. @param memberDisplay whether names of members are returned unless they are asked for */
export function groupSchemas(memberDisplay: 'default' | 'request'): { readonly core: Schema; readonly extensions: readonly Schema[] } {
  return { core: coreGroup(memberDisplay), extensions: [sapGroup, sapCustomGroup] };
}
