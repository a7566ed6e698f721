import { migrateConnector } from '@rolebridge/connector-sdk';

await migrateConnector('sales-cloud');
