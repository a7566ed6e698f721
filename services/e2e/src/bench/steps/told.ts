import { say } from '../session.ts';

export interface Aim {
  /** As people read it: `≤ 1.10`. */
  readonly text: string;
  readonly reached: boolean;
}

const WIDTH = 46;

/** One figure, with its aim beside it where there is one. */
export function tell(title: string, figure: string, aim?: Aim): void {
  say(`${title.padEnd(WIDTH)} ${figure}${aim ? `   (aim ${aim.text}: ${aim.reached ? 'reached' : 'missed'})` : ''}`);
}
