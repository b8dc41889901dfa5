-- Run once as the database's administrator (psql -f roles.sql), then set the passwords with
-- \password kyoso_owner and \password kyoso_app.
-- kyoso_owner owns the tables and runs the migrations; kyoso_app is what the application connects
-- as: it owns nothing and stands under the row level security of every town.
CREATE ROLE kyoso_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE ROLE kyoso_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE DATABASE kyoso OWNER kyoso_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE kyoso FROM PUBLIC;
GRANT CONNECT ON DATABASE kyoso TO kyoso_app;
