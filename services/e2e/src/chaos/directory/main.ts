import { runConnector } from '@rolebridge/connector-sdk';
import { directoryConnector } from './directory.connector.ts';

await runConnector({ kind: 'x-directory', create: directoryConnector, version: 'chaos' });
