import { runConnector } from '@rolebridge/connector-sdk';
import { salesCloudConnector } from './connector.ts';

await runConnector({ kind: 'sales-cloud', create: (system) => salesCloudConnector(system), version: process.env['SERVICE_VERSION'] ?? '0.1.0' });
