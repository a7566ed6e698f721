import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Authenticator, CallerBook, Operator } from '@rolebridge/access';
import { OPERATORS } from '@rolebridge/access/nest';
import type { BatchHandler } from '@rolebridge/kafka';
import type { Database } from '@rolebridge/persistence';
import { OUTBOX, OutboxController, type OutboxParts } from '@rolebridge/persistence/nest';
import type { BoundedWriter } from './inbound/bounded-writer.ts';
import type { BoundedIntake } from './inbound/bounded-intake.ts';
import { DEAD_LETTERS, DeadLetterController } from './inbound/dead-letters.controller.ts';
import { DiscoveryController } from './inbound/discovery.controller.ts';
import { DocumentsController } from './inbound/documents.controller.ts';
import { ErasureController } from './inbound/erasure.controller.ts';
import { EventsController } from './inbound/events.controller.ts';
import { bodyOf } from './inbound/json-body.ts';
import { OAuthController } from './inbound/oauth.controller.ts';
import { OldPathsController } from './inbound/old-paths.controller.ts';
import { OperatorController } from './inbound/operator.controller.ts';
import { PersonOrderController } from './inbound/person-order.controller.ts';
import { CALLERS, CHANGE_INBOX, CLOSING, ERASURE, EVENT_INTAKE, GROUP_WRITER, INBOX_PARTS, OLD_PATHS, PROXY, PROXY_INBOXES, READING, SEARCH, SETTINGS, WRITER } from './inbound/tokens.ts';
import { ProxyDiscoveryController } from './inbound/proxy-discovery.controller.ts';
import { ProxyGroupsController } from './inbound/proxy-groups.controller.ts';
import { ProxyUsersController } from './inbound/proxy-users.controller.ts';
import { ProxyConsumer } from './inbound/proxy.consumer.ts';
import { UnknownLeaversController } from './inbound/unknown-leavers.controller.ts';
import { UserChangeConsumer } from './inbound/user-change.consumer.ts';
import { BulkController } from './inbound/bulk.controller.ts';
import { GroupsController } from './inbound/groups.controller.ts';
import { SearchController } from './inbound/search.controller.ts';
import { UsersController } from './inbound/users.controller.ts';
import type { SearchParts } from './inbound/scim-search.ts';
import type { Proxy } from './proxy-parts.ts';
import type { OldPathSystems } from './old-path-systems.ts';
import type { IngestSettings } from './settings.ts';
import type { ErasureParts } from './store/erasure.store.ts';
import type { GroupWriter } from './store/groups-writer.ts';
import type { InboxParts } from './store/inbox-parts.ts';
import { deadLetterDesk } from './store/letter-keeper.ts';

/** What the controllers work with. */
export interface IngestParts {
  readonly settings: IngestSettings;
  readonly reading: Database;
  readonly writer: BoundedWriter;
  readonly groupWriter: GroupWriter;
  readonly search: SearchParts;
  readonly events: BoundedIntake;
  readonly inbox: BatchHandler;
  readonly inboxParts: InboxParts;
  readonly erasure: ErasureParts;
  readonly proxy: Proxy;
  readonly oldPaths: OldPathSystems;
  readonly callers: CallerBook;
  readonly operators: Authenticator<Operator>;
  /** Ended in this order, after the last request and the last batch. */
  readonly closing: readonly Closable[];
}

export interface Closable {
  close(): Promise<void>;
}

@Module({})
export class AppModule implements OnApplicationShutdown {
  readonly #closing: readonly Closable[];

  constructor(@Inject(CLOSING) closing: readonly Closable[]) {
    this.#closing = closing;
  }

  static with(parts: IngestParts): DynamicModule {
    return {
      module: AppModule,
      controllers: [ErasureController, UsersController, GroupsController, BulkController, SearchController, DiscoveryController, EventsController, OAuthController, DocumentsController, OldPathsController, UnknownLeaversController, OperatorController, PersonOrderController, DeadLetterController, OutboxController, UserChangeConsumer, ProxyConsumer, ProxyUsersController, ProxyGroupsController, ProxyDiscoveryController],
      providers: [
        { provide: SETTINGS, useValue: parts.settings },
        { provide: READING, useValue: parts.reading },
        { provide: WRITER, useValue: parts.writer },
        { provide: GROUP_WRITER, useValue: parts.groupWriter },
        { provide: SEARCH, useValue: parts.search },
        { provide: EVENT_INTAKE, useValue: parts.events },
        { provide: CHANGE_INBOX, useValue: parts.inbox },
        { provide: INBOX_PARTS, useValue: parts.inboxParts },
        { provide: DEAD_LETTERS, useValue: deadLetterDesk(parts.inboxParts) },
        { provide: OUTBOX, useValue: { database: parts.inboxParts.database, jsonOf: (body) => bodyOf(body).json } satisfies OutboxParts },
        { provide: ERASURE, useValue: parts.erasure },
        { provide: PROXY, useValue: parts.proxy.parts },
        { provide: PROXY_INBOXES, useValue: parts.proxy.inboxes },
        { provide: OLD_PATHS, useValue: parts.oldPaths },
        { provide: CALLERS, useValue: parts.callers },
        { provide: OPERATORS, useValue: parts.operators },
        { provide: CLOSING, useValue: parts.closing },
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    for (const part of this.#closing) await part.close();
  }
}
