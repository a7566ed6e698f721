/** Injection tokens: everything is injected by an explicit token. */
export const SETTINGS = Symbol('settings');
export const READING = Symbol('database for reading');
export const WRITER = Symbol('writer of changes');
export const EVENT_INTAKE = Symbol('intake of change events over HTTP');
export const INBOX_PARTS = Symbol('parts of the inbox');
export const OLD_PATHS = Symbol('systems of the old paths');
export const CALLERS = Symbol('callers');
export const ERASURE = Symbol('what erasing needs');
export const CHANGE_INBOX = Symbol('inbox of change events');
export const PROXY = Symbol('proxy API');
export const PROXY_INBOXES = Symbol('inboxes of the proxy API');
export const CLOSING = Symbol('what ends with the service');
export const GROUP_WRITER = Symbol('writer of groups');
export const SEARCH = Symbol('search in users and groups');
