import type { SecretReference } from '@rolebridge/landscape';

/** How we prove who we are. Secrets are references. */
export type Authentication =
  | { readonly kind: 'basic'; readonly user: string; readonly password: SecretReference }
  | { readonly kind: 'certificate'; readonly certificate: SecretReference; readonly key: SecretReference; readonly passphrase?: SecretReference }
  | {
      readonly kind: 'oauth';
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: SecretReference;
      readonly scope?: string;
      /** Where client id and secret travel: `Authorization: Basic`, or the form (RFC 6749 §2.3.1). Default `header`. */
      readonly clientIn?: 'header' | 'form';
    };

/** Code list values of the tenant. The meaning of 14 and 917 is not published; 219 = primary unit, 222 = further unit. */
export interface Codes {
  readonly businessCharacter: string;
  readonly unitIdType: string;
  readonly primaryUnit: string;
  readonly furtherUnit: string;
}

/** `settings` of a system of kind `sales-cloud`, with every default in its place. */
export interface SalesCloudSettings {
  /** Path of the service below the system's address. */
  readonly path: string;
  /** Value of `sap-vhost`; default: the host of the system's address. */
  readonly vhost?: string;
  /** Plain HTTP to another host than this machine. Default false. */
  readonly allowPlainHttp: boolean;
  readonly authentication: Authentication;
  /** Certificate authority of the target, PEM, if it is not a public one. */
  readonly trustedCa?: SecretReference;
  /** Names agreed in the communication arrangement. Changing the sender at a live tenant duplicates people. */
  readonly senderParty: string;
  readonly recipientParty: string;
  /** Sends the message id as the query parameter `MessageId` too. Default true. */
  readonly messageIdInQuery: boolean;
  /** Sends the generation as the header `x-rolebridge-generation`, for simulators and checkers. Default false. */
  readonly generationHeader: boolean;
  /** Whether the address may be asked with GET to see whether it answers and who we are. Default `get`. */
  readonly probe: 'get' | 'none';

  /** What the account's key is made of at first contact; it never changes afterwards. Default `userName`. */
  readonly accountKey: 'userName' | 'employeeNumber' | 'userId';
  /** Our id, mapped by the target per sender party (default), or the target's own employee id. */
  readonly keyElement: 'EmployeeID' | 'ReceiverEmployeeID';
  /** Logon language, two letters; default: no statement. */
  readonly language?: string;
  readonly codes: Codes;
  /** End of a validity that has no end. Default 9999-12-31. */
  readonly endDate: string;
  /** Units by the target's own ids (at most 20 characters, default) or by ours (at most 100), mapped there. */
  readonly unitIds: 'receiver' | 'sender';
  /** One sales responsibility per unit, as the old flow gave. Default true. */
  readonly salesResponsibilities: boolean;
  /** Marks the responsibility of the primary unit as the default one. Default false. */
  readonly defaultResponsibility: boolean;
  /**
   * Complete-list flags, which end what people gave by hand, only when the present assignments were adopted (L28).
   * Default false: only what we gave is ended.
   */
  readonly assignmentsAdopted: boolean;
  /** A unit that falls away: removed (default), or its validity ends. */
  readonly unitEnd: 'remove' | 'end-date';
  /** Action of a removed list item: 05 = no error if it is not there (default), 03 = error. */
  readonly removeAction: '05' | '03';
  /** Presence `absent`: locked without roles and units (default), or the employee is deleted with action 03. */
  readonly deleteMode: 'lock' | 'remove';
}
