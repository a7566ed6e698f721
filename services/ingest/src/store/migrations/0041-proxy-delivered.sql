-- What a connector said last about a request that is not seen applied yet: whoever waits for it is answered (L15).
alter table proxy_account add column delivered jsonb;
