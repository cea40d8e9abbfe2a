/** Steps 5 and after: leases, their uses, their ends. */
export const LEASE_FUNCTIONS = `
CREATE FUNCTION record_mint(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  minted jsonb := item->'lease';
BEGIN
  UPDATE intent SET state = 'minted' WHERE decision_id = minted->>'decisionId' AND state = 'open';
  IF NOT FOUND THEN RAISE EXCEPTION 'no open intent' USING ERRCODE = 'WW007'; END IF;
  -- A run that ended meanwhile makes the lease due at once.
  INSERT INTO lease VALUES (
    minted->>'id', minted->>'decisionId', minted->>'tenant', minted->>'system', minted->>'custody', minted->>'run', minted->>'root',
    item->>'handleHash', (minted->>'expiresAt')::bigint,
    CASE WHEN run_lives(minted->>'run') AND run_lives(minted->>'root') THEN (minted->>'expiresAt')::bigint ELSE 0 END,
    (minted->>'maxUses')::bigint, 0, NULL, decode(item->>'sealed', 'base64'), item->>'record'
  );
  recorded := true;
END $$;

CREATE FUNCTION replace_handle(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  UPDATE lease SET handle_hash = item->>'handleHash' WHERE id = item->>'leaseId' AND revocation IS NULL AND uses < max_uses;
  recorded := FOUND;
  answer := to_jsonb(recorded);
END $$;

CREATE FUNCTION claim_use(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  kept record;
BEGIN
  recorded := false;
  answer := '"token_replayed"';
  IF NOT spend_token(item->'proof') THEN RETURN; END IF;
  SELECT run, root, tenant, system, custody, expires_at, uses, max_uses, revocation INTO kept FROM lease WHERE id = item->>'leaseId';
  IF NOT FOUND THEN answer := '"lease_unknown"'; RETURN; END IF;
  IF NOT run_lives(kept.run) OR NOT run_lives(kept.root) THEN answer := '"run_ended"'; RETURN; END IF;
  IF any_frozen(ARRAY['tenant:' || kept.tenant, 'system:' || kept.system]) THEN answer := '"frozen"'; RETURN; END IF;
  -- What the tool itself holds, the gateway does not use for it.
  IF kept.custody = 'released' THEN answer := '"lease_unknown"'; RETURN; END IF;
  IF kept.revocation IS NOT NULL OR kept.expires_at <= (item->>'now')::bigint THEN answer := '"lease_expired"'; RETURN; END IF;
  IF kept.uses >= kept.max_uses THEN answer := '"lease_used"'; RETURN; END IF;
  UPDATE lease SET uses = uses + 1 WHERE id = item->>'leaseId' AND uses < max_uses AND revocation IS NULL;
  IF NOT FOUND THEN RAISE EXCEPTION 'the lease is used' USING ERRCODE = 'WW006'; END IF;
  INSERT INTO lease_use VALUES (item->>'useId', item->>'leaseId', item->>'requestDigest', (item->>'now')::bigint, NULL);
  answer := '"claimed"';
  recorded := true;
END $$;

CREATE FUNCTION settle(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  kept record;
BEGIN
  UPDATE lease_use SET effect = item->>'effect' WHERE id = item->>'useId' AND lease_id = item->>'leaseId' AND effect IS NULL;
  IF NOT FOUND THEN RAISE EXCEPTION 'no open use' USING ERRCODE = 'WW007'; END IF;
  SELECT decision_id, max_uses INTO kept FROM lease WHERE id = item->>'leaseId';
  IF item->>'effect' = 'done' THEN UPDATE effect SET state = 'done' WHERE decision_id = kept.decision_id; END IF;
  -- Only this proves that nothing happened, and only for a lease with this one use.
  IF item->>'effect' = 'none' AND kept.max_uses = 1 THEN PERFORM give_back(kept.decision_id); END IF;
  recorded := true;
END $$;

CREATE FUNCTION postpone_lease(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  UPDATE lease SET due_at = (item->>'dueAt')::bigint WHERE id = item->>'leaseId' AND due_at < (item->>'dueAt')::bigint;
  recorded := false;
END $$;

CREATE FUNCTION end_lease(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  kept record;
BEGIN
  UPDATE lease SET sealed = NULL, revocation = item->>'outcome' WHERE id = item->>'leaseId' AND revocation IS NULL
    RETURNING decision_id, uses, custody INTO kept;
  recorded := FOUND;
  IF NOT recorded THEN RETURN; END IF;
  -- Never used means that nothing can have happened. A released credential may have been used where nobody counts.
  IF kept.uses = 0 AND kept.custody <> 'released' THEN PERFORM give_back(kept.decision_id); END IF;
END $$;
`;
