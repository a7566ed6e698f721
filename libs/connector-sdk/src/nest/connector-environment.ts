import { BaseEnvironment } from '@rolebridge/observability';
import { MinLength } from 'class-validator';

/** Variables of every connector process. */
export class ConnectorEnvironment extends BaseEnvironment {
  /** Operators and their rights; their secrets are hashes (L29). */
  @MinLength(1, { message: 'must be the path of the file that lists the operators, for example deploy/operators.yaml.' })
  readonly OPERATORS_FILE: string = '';
}
