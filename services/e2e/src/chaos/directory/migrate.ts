import { migrateConnector } from '@rolebridge/connector-sdk';

await migrateConnector('x-directory');
