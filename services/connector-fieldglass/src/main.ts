import { runConnector } from '@rolebridge/connector-sdk';
import { fieldglassConnector } from './fieldglass.connector.ts';

await runConnector({ kind: 'fieldglass', create: fieldglassConnector, version: process.env['SERVICE_VERSION'] ?? '0.1.0' });
