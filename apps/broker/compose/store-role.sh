#!/bin/sh
# The role of the broker: it owns nothing, and `watchword migrate` gives it what it may do.
set -eu
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
  --set=password="$(cat /run/secrets/store-password)" <<'SQL'
CREATE ROLE watchword_store LOGIN PASSWORD :'password';
SQL
