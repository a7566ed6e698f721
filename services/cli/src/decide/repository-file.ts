/** A system as SAP IDM shall know it. */
export interface Repository {
  readonly name: string;
  readonly description: string;
  /** Address of the front door, as SAP IDM reaches it. */
  readonly url: URL;
  /** Of the proxy API for this system. */
  readonly path: string;
  readonly assignmentMethod: 'PUT' | 'PATCH';
}

/**
 * PURE. The file that SAP IDM imports as a SCIM repository: one row, both rows end with a comma, values quoted, empty for none. SAP publishes neither
 * columns nor order; both are those of a public exporter whose file SAP IDM takes. User and password are typed in after the import.
 */
export function repositoryFile(repository: Repository): string {
  const columns = columnsOf(repository);
  const header = columns.map(([name]) => `${name},`).join('');
  const row = columns.map(([, value]) => `${value === null ? '' : quoted(value)},`).join('');
  return `${header}\n${row}\n`;
}

type Column = readonly [name: string, value: string | null];

const TIMEOUT_MS = '60000';

function columnsOf({ name, description, url, path, assignmentMethod }: Repository): readonly Column[] {
  return [
    ['Name', name],
    ['Description', description],
    ['Type', null],
    ['Disabled', '0'],
    ['TypeQN', 'com.sap.idm.connector.scim:reptype.SCIM'],
    ['AUTH_PASSWORD', null],
    ['AUTH_TYPE', 'basic'],
    ['AUTH_USER', null],
    ['CONNECT_TIMEOUT', TIMEOUT_MS],
    ['CONNECTION_KEEPALIVE', TIMEOUT_MS],
    ['MX_PRIV_GROUPING_ATTRIBUTE', null],
    ['OAUTH_URL', null],
    ['PROXY_HOST', null],
    ['PROXY_PASSWORD', null],
    ['PROXY_PORT', null],
    ['PROXY_USER', null],
    ['READ_TIMEOUT', TIMEOUT_MS],
    ['SCIM_ASSIGNMENT_METHOD', assignmentMethod],
    ['SCIM_HOST', url.hostname],
    ['SCIM_PATH', `${url.pathname.replace(/\/$/, '')}${path}`],
    ['SCIM_PORT', portOf(url)],
    ['SCIM_PROTOCOL', url.protocol.replace(':', '')],
    ['SYSTEM_PRIVILEGE', `PRIV:SYSTEM:${name}`],
    ['TRUSTSTORE', null],
    ['TRUSTSTORE_PASSWORD', null],
  ];
}

function portOf({ port, protocol }: URL): string {
  if (port !== '') return port;
  return protocol === 'https:' ? '443' : '80';
}

function quoted(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}
