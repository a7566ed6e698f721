/**
 * Storage parameters of tables whose rows come and go quickly (outbox, links): vacuumed after a fixed number of dead rows instead of
 * a share of the table, without pauses; never shortened, because that takes an exclusive lock; with room for updates in place.
 * In a migration: `select queue_table('link');`.
 */
export const QUEUE_TABLE_SETTINGS = [
  'fillfactor = 80',
  'autovacuum_vacuum_scale_factor = 0.0',
  'autovacuum_vacuum_threshold = 2000',
  'autovacuum_vacuum_insert_threshold = 100000',
  'autovacuum_vacuum_cost_delay = 0',
  'autovacuum_analyze_scale_factor = 0.0',
  'autovacuum_analyze_threshold = 10000',
  'vacuum_truncate = false',
].join(', ');
