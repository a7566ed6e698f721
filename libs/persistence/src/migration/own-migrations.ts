import { QUEUE_TABLE_SETTINGS } from './queue-table.ts';

/**
 * The tables of this library, in every service's schema. Text constants, so that compiled code needs no files beside it.
 * Never change one that was released: append another.
 */
export const OWN_MIGRATIONS: Readonly<Record<string, string>> = {
  '0001-queue-tables': `
    create function queue_table(name regclass) returns void language plpgsql as $body$
    begin
      execute format('alter table %s set (${QUEUE_TABLE_SETTINGS})', name);
    end $body$;
    comment on function queue_table is 'Makes a table whose rows come and go quickly: tight autovacuum, room for updates in place.';`,

  '0002-outbox': `
    create table outbox (
      sequence bigint generated always as identity primary key,
      topic text not null,
      key text not null,
      value text,
      headers json not null,
      created_at timestamptz not null default now()
    );
    comment on table outbox is 'Records that are committed and not yet at the broker, in the order in which the relay writes them.';
    select queue_table('outbox');

    create table outbox_aside (
      sequence bigint primary key,
      topic text not null,
      key text not null,
      value text,
      headers json not null,
      created_at timestamptz not null,
      aside_at timestamptz not null default now(),
      reason text
    );
    create index outbox_aside_key on outbox_aside (topic, key);
    comment on table outbox_aside is 'Records the broker refuses (reason), and the later ones of the same topic and key that wait behind them (no reason).';`,

  '0003-consumer-offset': `
    create table consumer_offset (
      consumer text not null,
      topic text not null,
      partition integer not null,
      next_offset bigint not null,
      primary key (consumer, topic, partition)
    );
    comment on table consumer_offset is 'The next offset to read, stored in the transaction that took effect.';
    select queue_table('consumer_offset');`,

  '0004-generation-epoch': `
    create table generation_epoch (
      single boolean primary key default true check (single),
      epoch integer not null check (epoch between 0 and 8191)
    );
    insert into generation_epoch (epoch) values (0);
    comment on table generation_epoch is 'generation = epoch · 2^40 + n; raised by command after a restore.';`,

  '0005-operator-audit': `
    create table operator_audit (
      position bigint generated always as identity primary key,
      at timestamptz not null default now(),
      ordered text not null,
      operator text not null,
      reason text not null,
      system text,
      filter jsonb,
      affected integer not null,
      skipped jsonb not null default '{}',
      subjects text[] not null default '{}'
    );
    create index operator_audit_at on operator_audit (at);
    comment on table operator_audit is 'What operators ordered: who, when, why, how many, which. Names people by our ids only. Append-only.';
    create function operator_audit_is_append_only() returns trigger language plpgsql as $body$
    begin
      raise exception 'operator_audit is append-only';
    end $body$;
    create trigger operator_audit_is_append_only before update or delete or truncate on operator_audit
      for each statement execute function operator_audit_is_append_only();`,

  '0006-dead-letter': `
    create table dead_letter (
      id text primary key,
      consumer text not null,
      system text,
      user_id uuid,
      line text,
      generation bigint,
      kind text not null,
      code text not null,
      message text not null,
      field text,
      rules text[] not null,
      plan text[] not null,
      request text,
      answer text,
      attempts integer not null,
      first_failure_at timestamptz not null,
      last_failure_at timestamptz not null,
      correlation_id text not null,
      service_version text not null,
      topic text not null,
      partition integer,
      record_offset bigint,
      record_at timestamptz,
      position bigint generated always as identity,
      redrives jsonb not null default '[]',
      closed_as text check (closed_as in ('resolved', 'superseded', 'repeated')),
      closed_at timestamptz
    );
    create index dead_letter_time on dead_letter (last_failure_at, id);
    create index dead_letter_person on dead_letter (user_id, system, position);
    create index dead_letter_line on dead_letter (line, position) where line is not null;
    comment on table dead_letter is 'What this service buried, for operators; the originals stand on the dead-letter topic. No personal data but our ids. Kept at most 30 days.';
    comment on column dead_letter.line is 'The record of an event source it belongs to (hash of source and record id).';
    comment on column dead_letter.closed_as is 'How it ended, where the service notes it; otherwise it follows from the rows of the service.';`,

  '0007-dead-letters-that-wait': `
    alter table dead_letter add column waiting_at bigint;
    comment on column dead_letter.waiting_at is 'Where its original waits in a table of the service, to be worked again: the key of that row.';`,

  '0008-replay': `
    create table replay (
      id bigint generated always as identity primary key,
      consumer text not null,
      topic text not null,
      -- [{partition, from, until, next}]: next is where it goes on
      ranges jsonb not null,
      records bigint not null default 0,
      changed bigint not null default 0,
      unreadable bigint not null default 0,
      state text not null default 'running' check (state in ('running', 'done', 'failed', 'stopped')),
      problem text,
      operator text not null,
      reason text not null,
      started_at timestamptz not null default now(),
      ended_at timestamptz,
      lease_until timestamptz not null default now(),
      lease_token uuid
    );
    create unique index replay_running on replay (consumer) where state = 'running';
    comment on table replay is 'Orders to read a topic again with the fence on: how far they are, and how many records were news.';`,

  '0009-dead-letters-dismissed': `
    alter table dead_letter add column dismissed jsonb;
    alter table dead_letter drop constraint dead_letter_closed_as_check;
    alter table dead_letter add constraint dead_letter_closed_as_check check (closed_as in ('resolved', 'superseded', 'repeated', 'dismissed'));
    comment on column dead_letter.dismissed is 'Who decided that nothing is to be done, when and why: {at, by, reason}.';`,
};
