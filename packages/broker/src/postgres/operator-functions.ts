import { THIRD_FUNCTIONS, writeGroupFunction } from "./write-group-function.ts";

/**
 * What operators list, stop and erase, and connections whose account is one tenant's. An index that sorts does so by bytes. Who
 * shared an account before keeps it until one of them changes; what was seen of a connection then is its first revision, and
 * outcomes that were recorded before are found by their objects, too.
 */
export const OPERATOR_FUNCTIONS = `
ALTER TABLE connection
  ADD COLUMN fingerprint text NOT NULL DEFAULT '', ADD COLUMN revision bigint NOT NULL DEFAULT 1, ADD COLUMN earlier_sealed bytea,
  ADD COLUMN earlier_fingerprint text, ADD COLUMN earlier_until bigint;
CREATE INDEX connection_account ON connection USING hash (account);
CREATE INDEX connection_earlier ON connection (earlier_until) WHERE earlier_until IS NOT NULL;
CREATE INDEX run_living ON run (expires_at) WHERE ended_at IS NULL;
CREATE INDEX lease_active ON lease (id COLLATE "C") WHERE revocation IS NULL;
CREATE INDEX lease_of_tenant ON lease (tenant, id COLLATE "C") WHERE revocation IS NULL;
CREATE INDEX tenant_listed ON tenant (id COLLATE "C");
DROP INDEX ledger_decision;
CREATE INDEX ledger_decision ON ledger (decision_id, at, replica, sequence) WHERE decision_id IS NOT NULL;
CREATE INDEX ledger_decided ON ledger (decision_id COLLATE "C") WHERE kind IN ('decision', 'intent') AND decision_id IS NOT NULL;
CREATE INDEX ledger_decided_of ON ledger (tenant, decision_id COLLATE "C") WHERE kind IN ('decision', 'intent') AND decision_id IS NOT NULL;
CREATE TABLE decision_object (
  system text NOT NULL, object text NOT NULL, decision_id text COLLATE "C" NOT NULL, PRIMARY KEY (system, object, decision_id)
);

-- A body with a NUL is text and no jsonb; what it names is left out.
INSERT INTO decision_object
SELECT DISTINCT told.body->>'system', named.value #>> '{}', told.decision_id
FROM (
  SELECT decision_id, CASE WHEN strpos(body, '\\u0000') = 0 THEN body::jsonb END AS body
  FROM ledger WHERE kind = 'use_outcome' AND decision_id IS NOT NULL
) AS told, jsonb_each(CASE WHEN jsonb_typeof(told.body->'ids') = 'object' THEN told.body->'ids' END) AS named
WHERE told.body->>'effect' <> 'none' AND told.body->>'system' IS NOT NULL
  AND jsonb_typeof(named.value) = 'string' AND length(named.value #>> '{}') BETWEEN 1 AND 512;

CREATE OR REPLACE FUNCTION put_connection(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  kept bigint := (SELECT revision FROM connection WHERE tenant = item->>'tenant' AND system = item->>'system');
BEGIN
  recorded := false;
  answer := '"stale"';
  IF (item->>'revision')::bigint <> coalesce(kept, 0) + 1 THEN RETURN; END IF;
  -- INVARIANT: no other tenant has the account. Nobody else writes meanwhile, see command-locks.ts.
  answer := '"account_taken"';
  IF NOT (item->>'sharedAccount')::boolean AND EXISTS (
    SELECT FROM connection WHERE account = item->>'account' AND system = item->>'system' AND tenant <> item->>'tenant'
  ) THEN RETURN; END IF;
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

CREATE FUNCTION forget_earlier_secrets(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  forgotten bigint;
BEGIN
  UPDATE connection SET earlier_sealed = NULL, earlier_fingerprint = NULL, earlier_until = NULL
    WHERE earlier_until <= (item->>'now')::bigint;
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  answer := to_jsonb(forgotten);
  recorded := forgotten > 0;
END $$;

CREATE FUNCTION expire_lease(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  -- INVARIANT: no use is left of it, neither for the gateway nor for the same transaction again, whatever a replica's clock says.
  UPDATE lease SET expires_at = (item->>'now')::bigint, due_at = 0, max_uses = uses
    WHERE id = item->>'id' AND revocation IS NULL AND expires_at > (item->>'now')::bigint;
  recorded := FOUND;
  answer := to_jsonb(recorded);
END $$;

CREATE FUNCTION erase_personal(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM ledger_personal WHERE replica = item->>'replica' AND sequence = (item->>'sequence')::bigint;
  recorded := FOUND;
  answer := to_jsonb(recorded);
END $$;

CREATE FUNCTION settle_objects(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  SELECT done.answer, done.recorded INTO answer, recorded FROM settle(item) AS done;
  INSERT INTO decision_object
    SELECT lease.system, object, lease.decision_id FROM lease, jsonb_array_elements_text(item->'objects') AS object
    WHERE lease.id = item->>'leaseId'
    ON CONFLICT DO NOTHING;
END $$;

${writeGroupFunction("CREATE OR REPLACE", THIRD_FUNCTIONS)}`;
