-- People who lost an account or a role lately, for the brake over all systems (L26); older ones are removed.
create table brake_passage (
  user_id uuid primary key,
  at timestamptz not null default now()
);
create index brake_passage_at on brake_passage (at);

-- Judgements that are held back: the accounts stay as published until somebody decides, or nothing is to be lost any more.
create table held_judgement (
  user_id uuid primary key,
  user_generation bigint not null,
  -- rises with everything that is held: a list names what it showed by its highest number
  number bigint not null,
  -- hash of what the person would have afterwards in the systems where something is lost
  content text not null,
  losses jsonb not null,
  cause jsonb not null,
  since timestamptz not null default now(),
  approved_by text[] not null default '{}',
  dropped_by text,
  dropped_because text
);
create sequence held_number;
create index held_judgement_number on held_judgement (number);
comment on table held_judgement is 'What the brake over all systems holds back, per person, until an operator releases or drops it.';
