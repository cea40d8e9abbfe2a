/**
 * Step 3, and what follows from it without a mint. Looks at everything first, in the order of what it means for the caller,
 * and writes only when all of it holds; the jti is spent either way.
 */
export const INTENT_FUNCTIONS = `
CREATE FUNCTION bucket_of(moment bigint, window_seconds bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  width bigint := greatest(1, ceil(window_seconds / 24.0));
BEGIN
  RETURN floor(moment::numeric / width) * width;
END $$;

CREATE FUNCTION earlier_intent(wanted jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  earlier record;
BEGIN
  SELECT action_digest, state, run, lease_id INTO earlier FROM intent WHERE tenant = wanted->>'tenant' AND txn = wanted->>'txn';
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF earlier.action_digest <> wanted->>'actionDigest' THEN RETURN '{"outcome":"token_replayed"}'; END IF;
  IF earlier.state = 'reopened' THEN RETURN NULL; END IF;
  IF earlier.state <> 'minted' THEN RETURN '{"outcome":"outcome_unknown"}'; END IF;
  IF earlier.run = wanted->>'run' AND EXISTS (
    SELECT FROM lease
    WHERE id = earlier.lease_id AND revocation IS NULL AND expires_at > (wanted->>'now')::bigint AND uses < max_uses
  ) THEN RETURN jsonb_build_object('outcome', 'repeated', 'leaseId', earlier.lease_id); END IF;
  RETURN '{"outcome":"already_done"}';
END $$;

CREATE FUNCTION approval_obstacle(wanted jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  kept record;
BEGIN
  SELECT tenant, txn, action_digest, state, expires_at INTO kept FROM approval WHERE id = wanted->>'approvalId';
  IF NOT FOUND OR kept.tenant <> wanted->>'tenant' OR kept.txn <> wanted->>'txn' OR kept.action_digest <> wanted->>'actionDigest'
    THEN RETURN 'approval_denied'; END IF;
  IF kept.state <> 'granted' THEN RETURN 'approval_' || kept.state; END IF;
  IF kept.expires_at <= (wanted->>'now')::bigint THEN RETURN 'approval_expired'; END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION effect_obstacle(the_key text, moment bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  kept record;
BEGIN
  SELECT state, until INTO kept FROM effect WHERE key = the_key;
  IF NOT FOUND THEN RETURN NULL; END IF;
  -- A pending effect stays in the way beyond its window: nobody knows yet whether it happened.
  IF kept.state = 'pending' THEN RETURN 'effect_pending'; END IF;
  IF kept.state = 'done' AND kept.until > moment THEN RETURN 'already_done'; END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION budget_fits(claim jsonb, moment bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  seconds bigint := (claim->>'windowSeconds')::bigint;
BEGIN
  IF claim->'amount'->>'currency' <> claim->'max'->>'currency' THEN RETURN false; END IF;
  -- The oldest part of the window counts in full, so the sum may be too high and never too low.
  RETURN (SELECT coalesce(sum(minor), 0) FROM budget WHERE key = claim->>'key' AND bucket >= bucket_of(moment - seconds, seconds))
    + (claim->'amount'->>'minor')::bigint <= (claim->'max'->>'minor')::bigint;
END $$;

CREATE FUNCTION obstacle_to(wanted jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  pair jsonb;
  claim jsonb;
  found_in_the_way text;
  moment bigint := (wanted->>'now')::bigint;
  earlier jsonb;
BEGIN
  IF wanted->>'generation' IS DISTINCT FROM (SELECT value FROM meta WHERE key = 'generation')
    OR NOT run_lives(wanted->>'run') OR NOT run_lives(wanted->>'root') THEN RETURN '{"outcome":"run_ended"}'; END IF;
  -- INVARIANT: before anything is given again: what was decided under an older state opens no lease, not even its own.
  FOR pair IN SELECT value FROM jsonb_array_elements(wanted->'epochs') LOOP
    IF epoch_of(pair->>0) <> (pair->>1)::bigint THEN
      RETURN jsonb_build_object('outcome', CASE WHEN starts_with(pair->>0, 'run:') THEN 'run_ended' ELSE 'state_changed' END);
    END IF;
  END LOOP;
  earlier := earlier_intent(wanted);
  IF earlier IS NOT NULL THEN RETURN earlier; END IF;
  IF wanted->>'approvalId' IS NOT NULL THEN
    found_in_the_way := approval_obstacle(wanted);
    IF found_in_the_way IS NOT NULL THEN RETURN jsonb_build_object('outcome', found_in_the_way); END IF;
  END IF;
  IF wanted->'once' IS NOT NULL THEN
    found_in_the_way := effect_obstacle(wanted->'once'->>'key', moment);
    IF found_in_the_way IS NOT NULL THEN RETURN jsonb_build_object('outcome', found_in_the_way); END IF;
  END IF;
  FOR claim IN SELECT value FROM jsonb_array_elements(wanted->'budgets') LOOP
    IF NOT budget_fits(claim, moment) THEN RETURN '{"outcome":"budget_exceeded"}'; END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION reserve(decision text, claim jsonb, moment bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  seconds bigint := (claim->>'windowSeconds')::bigint;
  amount bigint := (claim->'amount'->>'minor')::bigint;
  the_bucket bigint := bucket_of(moment, seconds);
BEGIN
  DELETE FROM budget WHERE key = claim->>'key' AND bucket < bucket_of(moment - seconds, seconds);
  INSERT INTO budget VALUES (claim->>'key', the_bucket, amount)
    ON CONFLICT (key, bucket) DO UPDATE SET minor = budget.minor + excluded.minor;
  INSERT INTO budget_claim VALUES (decision, claim->>'key', the_bucket, amount);
END $$;

CREATE FUNCTION record_intent(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  wanted jsonb := item->'intent';
  moment bigint := (wanted->>'now')::bigint;
  claim jsonb;
BEGIN
  recorded := false;
  answer := '{"outcome":"token_replayed"}';
  IF NOT spend_token(wanted->'token') THEN RETURN; END IF;
  answer := obstacle_to(wanted);
  IF answer IS NOT NULL THEN RETURN; END IF;
  -- An intent that a definite non-mint reopened makes way.
  DELETE FROM intent WHERE tenant = wanted->>'tenant' AND txn = wanted->>'txn' AND state = 'reopened';
  INSERT INTO intent VALUES (
    wanted->>'tenant', wanted->>'txn', wanted->>'decisionId', wanted->>'leaseId', wanted->>'run', wanted->>'system', wanted->>'actionDigest',
    wanted->>'approvalId', 'open', moment, (wanted->>'deadline')::bigint
  );
  -- INVARIANT: were a lock missing, the row itself would still say no to the second: then nothing of this item stays.
  IF wanted->>'approvalId' IS NOT NULL THEN
    UPDATE approval SET state = 'spent' WHERE id = wanted->>'approvalId' AND state = 'granted';
    IF NOT FOUND THEN RAISE EXCEPTION 'the approval is spent' USING ERRCODE = 'WW006'; END IF;
  END IF;
  IF wanted->'once' IS NOT NULL THEN
    INSERT INTO effect VALUES (
      wanted->'once'->>'key', wanted->>'decisionId', 'pending', moment + (wanted->'once'->>'windowSeconds')::bigint
    ) ON CONFLICT (key) DO UPDATE SET decision_id = excluded.decision_id, state = excluded.state, until = excluded.until
      WHERE effect.state = 'done' AND effect.until <= moment;
    IF NOT FOUND THEN RAISE EXCEPTION 'the effect is there' USING ERRCODE = 'WW006'; END IF;
  END IF;
  FOR claim IN SELECT value FROM jsonb_array_elements(wanted->'budgets') LOOP
    PERFORM reserve(wanted->>'decisionId', claim, moment);
  END LOOP;
  answer := '{"outcome":"recorded"}';
  recorded := true;
END $$;

CREATE FUNCTION record_no_mint(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  decision text := item->>'decisionId';
  reopens boolean := (item->>'reopen')::boolean;
  approval_spent text;
BEGIN
  UPDATE intent SET state = CASE WHEN reopens THEN 'reopened' ELSE 'closed' END
    WHERE decision_id = decision AND state = 'open' RETURNING approval_id INTO approval_spent;
  IF NOT FOUND THEN RAISE EXCEPTION 'no open intent' USING ERRCODE = 'WW007'; END IF;
  IF reopens THEN
    PERFORM give_back(decision);
    UPDATE approval SET state = 'granted' WHERE id = approval_spent AND state = 'spent';
  END IF;
  recorded := true;
END $$;

CREATE FUNCTION close_orphan(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  UPDATE intent SET state = 'closed' WHERE decision_id = item->>'decisionId' AND state = 'open';
  recorded := FOUND;
END $$;
`;
