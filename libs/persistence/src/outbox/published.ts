/**
 * SQL: until which moment everything that was written is at the broker, `infinity` when nothing waits. The relay goes in order, so what is
 * older than its oldest row has gone.
 */
export const PUBLISHED_UNTIL = `coalesce((select created_at from outbox order by sequence limit 1), 'infinity')`;
