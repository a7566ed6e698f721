/** The database schema of this service. */
export const SCHEMA = 'role_mapping';

/** Plain SQL files; beside the sources, also when compiled code runs. */
export const MIGRATIONS = new URL('../src/store/migrations/', import.meta.url);
