/** Most operations of a bulk request. */
export const MAX_BULK_OPERATIONS = 1000;
/** Largest body, bytes. */
export const MAX_PAYLOAD_BYTES = 1024 * 1024;
