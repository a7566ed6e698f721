/** The database schema of this service, its consumer group and its name in topics. */
export const SCHEMA = 'role_mapping';
export const CONSUMER = 'role-mapping';

/** Plain SQL files; beside the sources, also when compiled code runs. */
export const MIGRATIONS = new URL('../src/store/migrations/', import.meta.url);
