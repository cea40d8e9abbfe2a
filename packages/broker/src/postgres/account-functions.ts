/** Connections that open more than one account: as `putConnection` in the SQLite store. */
export const ACCOUNT_FUNCTIONS = `
CREATE TABLE also_account (
  system text NOT NULL, account text NOT NULL, tenant text NOT NULL, PRIMARY KEY (system, account, tenant)
);
CREATE INDEX also_account_of ON also_account (tenant, system);

CREATE FUNCTION is_taken(the_system text, the_account text, the_tenant text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RETURN EXISTS (SELECT FROM connection WHERE account = the_account AND system = the_system AND tenant <> the_tenant)
    OR EXISTS (SELECT FROM also_account WHERE account = the_account AND system = the_system AND tenant <> the_tenant);
END $$;

CREATE OR REPLACE FUNCTION put_connection(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  kept bigint := (SELECT revision FROM connection WHERE tenant = item->>'tenant' AND system = item->>'system');
BEGIN
  recorded := false;
  answer := '"stale"';
  IF (item->>'revision')::bigint <> coalesce(kept, 0) + 1 THEN RETURN; END IF;
  -- INVARIANT: no other tenant has the account, nor any besides. Nobody else writes meanwhile, see command-locks.ts.
  answer := '"account_taken"';
  IF NOT (item->>'sharedAccount')::boolean AND (
    is_taken(item->>'system', item->>'account', item->>'tenant')
    OR EXISTS (SELECT FROM jsonb_array_elements_text(item->'alsoAccounts') WHERE is_taken(item->>'system', value, item->>'tenant'))
  ) THEN RETURN; END IF;
  DELETE FROM also_account WHERE tenant = item->>'tenant' AND system = item->>'system';
  INSERT INTO also_account
    SELECT DISTINCT item->>'system', value, item->>'tenant' FROM jsonb_array_elements_text(item->'alsoAccounts');
  INSERT INTO connection VALUES (
    item->>'tenant', item->>'system', item->>'account', item->>'settings', decode(item->>'sealed', 'base64'), item->>'fingerprint',
    (item->>'revision')::bigint, decode(item->>'earlierSealed', 'base64'), item->>'earlierFingerprint', (item->>'earlierUntil')::bigint
  ) ON CONFLICT (tenant, system) DO UPDATE SET account = excluded.account, settings = excluded.settings, sealed = excluded.sealed,
    fingerprint = excluded.fingerprint, revision = excluded.revision, earlier_sealed = excluded.earlier_sealed,
    earlier_fingerprint = excluded.earlier_fingerprint, earlier_until = excluded.earlier_until;
  PERFORM raise_epoch('tenant:' || (item->>'tenant'));
  answer := '"put"';
  recorded := true;
END $$;
`;
