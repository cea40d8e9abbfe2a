import { COMMAND_FUNCTIONS, writeGroupFunction } from "./write-group-function.ts";

/** Leases that are prolonged while their operation goes on: as `prolongLease` in the SQLite store. */
export const PROLONG_FUNCTIONS = `
CREATE INDEX lease_use_open ON lease_use (lease_id) WHERE effect IS NULL;

CREATE FUNCTION prolong_lease(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  wanted jsonb := item->'prolongation';
  moment bigint := (wanted->>'now')::bigint;
  new_end bigint := (wanted->>'until')::bigint;
  pair jsonb;
  kept record;
  told jsonb;
BEGIN
  recorded := false;
  answer := '"token_replayed"';
  IF NOT spend_token(wanted->'token') THEN RETURN; END IF;
  answer := '"run_ended"';
  IF wanted->>'generation' IS DISTINCT FROM (SELECT value FROM meta WHERE key = 'generation')
    OR NOT run_lives(wanted->>'run') OR NOT run_lives(wanted->>'root') THEN RETURN; END IF;
  FOR pair IN SELECT value FROM jsonb_array_elements(wanted->'epochs') LOOP
    IF epoch_of(pair->>0) <> (pair->>1)::bigint THEN
      answer := CASE WHEN starts_with(pair->>0, 'run:') THEN '"run_ended"' ELSE '"state_changed"' END;
      RETURN;
    END IF;
  END LOOP;
  answer := '"lease_unknown"';
  SELECT lease.record, lease.expires_at, lease.due_at, lease.uses, lease.max_uses, lease.revocation INTO kept
    FROM lease JOIN intent ON intent.decision_id = lease.decision_id
    WHERE lease.id = wanted->>'leaseId' AND intent.tenant = wanted->>'tenant' AND intent.txn = wanted->>'txn'
      AND intent.action_digest = wanted->>'actionDigest' AND intent.run = wanted->>'run'
      AND intent.approval_id IS NOT DISTINCT FROM wanted->>'approvalId';
  IF NOT FOUND THEN RETURN; END IF;
  told := kept.record::jsonb;
  answer := '"lease_expired"';
  -- INVARIANT: whoever ended it before its time moved its end or made it due, and what is ended does not begin again.
  IF kept.revocation IS NOT NULL OR (told->>'expiresAt')::bigint <> kept.expires_at OR kept.due_at <> kept.expires_at
    OR kept.expires_at <= moment THEN RETURN; END IF;
  -- INVARIANT: never beyond what was allowed when it was minted.
  IF new_end <= kept.expires_at OR new_end > coalesce((told->'job'->>'until')::bigint, 0) THEN RETURN; END IF;
  answer := '"lease_used"';
  IF kept.uses >= kept.max_uses AND NOT EXISTS (
    SELECT FROM lease_use WHERE lease_id = wanted->>'leaseId' AND effect IS NULL
  ) THEN RETURN; END IF;
  told := jsonb_set(told, '{expiresAt}', to_jsonb(new_end));
  IF told ? 'grace' THEN told := jsonb_set(told, '{grace,end}', to_jsonb(new_end)); END IF;
  UPDATE lease SET expires_at = new_end, due_at = new_end, record = told::text WHERE id = wanted->>'leaseId';
  answer := '"prolonged"';
  recorded := true;
END $$;

${writeGroupFunction("CREATE OR REPLACE", COMMAND_FUNCTIONS)}`;
