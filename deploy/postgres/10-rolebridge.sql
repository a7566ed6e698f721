-- Runs once, when the database is made: the services do not work as superuser.
\set password `cat /run/secrets/database-password`
create role rolebridge login password :'password';
create database rolebridge owner rolebridge;
revoke all on database rolebridge from public;
