/** The addresses of the two integration flows that Rolebridge replaces, whatever stands before them. */
export const OLD_PATHS = ['ips/cod/employeeips', 'IDM_IPS/Fieldglass_EmployeeReplication'] as const;
export type OldPath = (typeof OLD_PATHS)[number];

export interface OldAddress {
  readonly path: OldPath;
  /** What follows: the id of the user as the old flow answered it; empty for none. */
  readonly id: string;
}

/** PURE. @param decoded the path of a request, percent signs resolved */
export function oldPathOf(decoded: string): OldAddress | undefined {
  const whole = `/${decoded.replace(/^\//, '')}/`;
  for (const path of OLD_PATHS) {
    const at = whole.indexOf(`/${path}/`);
    if (at >= 0) return { path, id: idOf(whole.slice(at + path.length + 2)) };
  }
  return undefined;
}

/** The old flows were called with `/Users/<id>` or `/<id>` behind their address. */
function idOf(rest: string): string {
  return rest.replace(/\/+$/, '').replace(/^(?:Users(?:\/|$))?/, '');
}
