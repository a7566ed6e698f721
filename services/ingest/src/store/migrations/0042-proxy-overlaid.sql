-- Outcomes of everybody go by; only those who have a request that is not seen applied matter.
create index proxy_account_overlaid on proxy_account (user_id) where overlay is not null;
