/** How the simulated environment is set up. Everything the sheet calls unknown can be chosen. */
export interface FieldglassSimulatorOptions {
  /** 0 = any free port. */
  readonly port: number;
  readonly host?: string;
  readonly virtualPersonName: string;
  readonly licenseKey: string;
  readonly uploadUsername: string;
  readonly uploadPassword: string;
  /** When set, every REST call must carry it in `X-ApplicationKey`. */
  readonly applicationKey?: string;
  readonly scimBasePath?: string;
  /** Seconds; default 7200. */
  readonly tokenLifetimeS?: number;
  /** A created user is found by a search only after this time, milliseconds; by id at once. Default 0. */
  readonly searchLagMs?: number;
  /** Whether users can be locked. Default true. */
  readonly activeSupported?: boolean;
  /** Whether `DELETE` is allowed by the set-up of the product. Default true. */
  readonly deleteSupported?: boolean;
  readonly soapVersion?: '1.1' | '1.2';
  readonly connectorName?: string;
  readonly captions?: readonly [modificationType: string, username: string, businessUnits: string];
  /** Whether the connector expects a header block. Default false. */
  readonly headerBlock?: boolean;
  readonly unitList?: 'replace' | 'add';
  /** Names of the groups that exist. Default two. */
  readonly groups?: readonly string[];
  /** When set, any other unit is refused. */
  readonly units?: readonly string[];
  readonly roles?: RoleLayout;
  /** Each row stands for itself (`Transaction=False`), and the reply tells what became of it. Default false: one bad row fails the file. */
  readonly rowResults?: boolean;
  /** When set, an upload is only received, and processed after this time, milliseconds. */
  readonly asynchronousMs?: number;
  readonly nowMs?: () => number;
}

export interface RoleLayout {
  readonly connectorName: string;
  readonly columns: readonly { readonly caption: string; readonly value: 'modification' | 'username' | 'role' | 'constant'; readonly constant?: string }[];
  readonly add: string;
  readonly remove: string;
}

export type Environment = Required<Omit<FieldglassSimulatorOptions, 'host' | 'applicationKey' | 'units' | 'roles' | 'asynchronousMs'>> &
  Pick<FieldglassSimulatorOptions, 'applicationKey' | 'units' | 'roles' | 'asynchronousMs'>;

const DEFAULTS = {
  scimBasePath: '/api/v1',
  tokenLifetimeS: 7_200,
  searchLagMs: 0,
  activeSupported: true,
  deleteSupported: true,
  soapVersion: '1.1',
  connectorName: 'User Business Unit Association Upload',
  captions: ['Modification Type', 'Username', 'Business Units'],
  headerBlock: false,
  unitList: 'replace',
  rowResults: false,
  groups: ['Requisition Approvers', 'Timesheet Approvers'],
  nowMs: Date.now,
} as const;

export function environmentOf(options: FieldglassSimulatorOptions): Environment {
  return { ...DEFAULTS, ...options };
}
