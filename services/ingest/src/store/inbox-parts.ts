import type { Fate } from '../decide/source-book.ts';
import type { WriterParts, WriterSettings } from './change-writer.ts';

/** What became of an event; `seen`: it was delivered before. */
export type EventFate = Fate['kind'] | 'seen' | 'malformed';

export interface InboxSettings extends WriterSettings {
  readonly topicPrefix: string;
  readonly groupTopic: string;
  readonly correlatedSources: ReadonlySet<string>;
  /** How long ids of events are kept; longer than the topic keeps its records. */
  readonly eventIdHours: number;
  readonly consumer: string;
}

export interface InboxParts extends Omit<WriterParts, 'settings'> {
  readonly settings: InboxSettings;
  readonly serviceVersion: string;
  /** Told per event what became of it, once that is committed. */
  readonly onFate: (fate: EventFate) => void;
}
