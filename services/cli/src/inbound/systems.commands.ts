import { assignmentMethodOf, loadLandscape } from '@rolebridge/landscape';
import { Option, type Command } from 'commander';
import { repositoryFile } from '../decide/repository-file.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import type { CommandContext } from './context.ts';

const HELP = `
Examples:
  $ rolebridge systems export fieldglass --url https://rolebridge.example.org --format csv > fieldglass.csv

Import the file in SAP IDM as a SCIM repository, type in AUTH_USER and AUTH_PASSWORD of the caller, check SCIM_ASSIGNMENT_METHOD, then start the initial load.`;

interface ExportOptions {
  readonly landscape: string;
  readonly url?: string;
  readonly name?: string;
  readonly format: 'csv' | 'json';
}

/** Adds `rolebridge systems export`, which tells SAP IDM where the proxy API of a system is. */
export function addSystems(program: Command, context: CommandContext): void {
  const systems = program.command('systems').description('the systems of the landscape');
  systems
    .command('export <system>')
    .description('write a system as a repository for SAP IDM (proxy API)')
    .addOption(new Option('--landscape <file>', 'the file that lists the systems').env('LANDSCAPE_FILE').default('deploy/systems.yaml'))
    .addOption(new Option('--url <url>', 'address of the front door, as SAP IDM reaches it').env('PUBLIC_URL'))
    .option('--name <name>', 'name of the repository (default: the system in capital letters)')
    .addOption(new Option('--format <format>', 'csv is what SAP IDM imports').choices(['csv', 'json']).default('csv'))
    .addHelpText('after', HELP)
    .action((name: string, options: ExportOptions) => {
      context.out(exported(name, options));
    });
}

function exported(name: string, { landscape, url, name: repository, format }: ExportOptions): string {
  const { systems } = loadLandscape(landscape);
  const system = systems.find((one) => one.name === name);
  if (!system) throw new CommandFailure(EXIT.usage, `There is no system ${name}; there are ${systems.map((one) => one.name).join(', ')}.`);
  const row = {
    name: repository ?? name.toUpperCase().replaceAll('-', '_'),
    description: `${name} through Rolebridge`,
    url: addressOf(url),
    path: `/ipsproxy/service/api/v1/scim/${name}`,
    assignmentMethod: assignmentMethodOf(system.kind),
  };
  return format === 'csv' ? repositoryFile(row) : `${JSON.stringify(row, null, 2)}\n`;
}

function addressOf(text: string | undefined): URL {
  const url = text === undefined ? null : URL.parse(text);
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new CommandFailure(EXIT.usage, '--url (or PUBLIC_URL) must be the address of the front door as SAP IDM reaches it, for example https://rolebridge.example.org.');
}
