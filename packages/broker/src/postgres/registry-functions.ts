/** Refusals, approvals, evidence, tenants, policy, checkpoints. */
export const REGISTRY_FUNCTIONS = `
CREATE FUNCTION advance_epoch(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM raise_epoch(item->>'subject');
  recorded := true;
END $$;

CREATE FUNCTION record_refusal(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  answer := '"recorded"';
  IF item->'token' IS NOT NULL AND NOT spend_token(item->'token') THEN answer := '"token_replayed"'; END IF;
  recorded := true;
END $$;

CREATE FUNCTION request_approval(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  wanted jsonb := item->'approval';
  kept text;
BEGIN
  recorded := false;
  SELECT id INTO kept FROM approval
    WHERE tenant = wanted->>'tenant' AND request = wanted->>'request' AND state IN ('pending', 'granted')
      AND expires_at > (item->'entry'->>'at')::bigint / 1000 LIMIT 1;
  answer := jsonb_build_object('id', coalesce(kept, wanted->>'id'));
  -- Nothing changes before the approval that is there is the one that is named.
  IF kept <> wanted->>'id' THEN RETURN; END IF;
  IF NOT spend_token(item->'token') THEN answer := '"token_replayed"'; RETURN; END IF;
  recorded := true;
  IF kept IS NOT NULL THEN RETURN; END IF;
  INSERT INTO approval VALUES (
    wanted->>'id', wanted->>'tenant', wanted->>'txn', wanted->>'actionDigest', wanted->>'binding', 'pending', (wanted->>'expiresAt')::bigint, NULL,
    item->>'record', wanted->>'request', (item->'progress'->>'dueAt')::bigint, item->>'progressText'
  );
END $$;

CREATE FUNCTION decide_approval(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  UPDATE approval SET state = item->>'state', decided_by = item->>'decidedBy'
    WHERE id = item->>'id' AND state = 'pending' AND expires_at > (item->>'now')::bigint;
  recorded := FOUND;
  answer := to_jsonb(recorded);
END $$;

CREATE FUNCTION withdraw_approval(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  UPDATE approval SET state = 'withdrawn'
    WHERE id = item->>'id' AND state IN ('pending', 'granted') AND expires_at > (item->>'now')::bigint;
  recorded := FOUND;
  answer := to_jsonb(recorded);
END $$;

CREATE FUNCTION advance_approval(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  UPDATE approval SET state = item->'to'->>'state', due_at = (item->'to'->'progress'->>'dueAt')::bigint, progress = item->>'progressText'
    WHERE id = item->>'id' AND state = item->'from'->>'state' AND due_at = (item->'from'->>'dueAt')::bigint;
  answer := to_jsonb(FOUND);
  recorded := FOUND AND item->'entry' IS NOT NULL;
END $$;

CREATE FUNCTION spend_one_token(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  answer := to_jsonb(spend_token(item->'token'));
  recorded := false;
END $$;

CREATE FUNCTION put_evidence(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  given jsonb := item->'evidence';
BEGIN
  recorded := false;
  answer := '"token_replayed"';
  IF item->'token' IS NOT NULL AND NOT spend_token(item->'token') THEN RETURN; END IF;
  -- The same statement again changes nothing, its time least of all: an old green result does not become new.
  INSERT INTO evidence VALUES (
    given->>'source', given->>'commit', given->>'digest',
    (SELECT coalesce(max(arrival), 0) + 1 FROM evidence WHERE source = given->>'source' AND commit_id = given->>'commit'),
    given->>'state', (given->>'receivedAt')::bigint, given->>'detail'
  ) ON CONFLICT (source, commit_id, digest) DO NOTHING;
  recorded := FOUND;
  answer := to_jsonb(recorded);
END $$;

CREATE FUNCTION put_tenant(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tenant VALUES (item->>'tenant') ON CONFLICT DO NOTHING;
  recorded := FOUND;
  IF recorded THEN PERFORM raise_epoch('tenant:' || (item->>'tenant')); END IF;
END $$;

CREATE FUNCTION put_connection(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO connection VALUES (item->>'tenant', item->>'system', item->>'account', item->>'settings', decode(item->>'sealed', 'base64'))
    ON CONFLICT (tenant, system) DO UPDATE SET account = excluded.account, settings = excluded.settings, sealed = excluded.sealed;
  PERFORM raise_epoch('tenant:' || (item->>'tenant'));
  recorded := true;
END $$;

CREATE FUNCTION put_policy(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO policy VALUES (item->>'version', item->>'document') ON CONFLICT DO NOTHING;
  recorded := FOUND;
  answer := to_jsonb(recorded);
END $$;

CREATE FUNCTION activate_policy(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  raised bigint;
BEGIN
  recorded := item->>'version' IS DISTINCT FROM (SELECT version FROM policy_activation ORDER BY epoch DESC LIMIT 1);
  IF NOT recorded THEN answer := to_jsonb(epoch_of('policy')); RETURN; END IF;
  INSERT INTO policy VALUES (item->>'version', item->>'document') ON CONFLICT DO NOTHING;
  raised := raise_epoch('policy');
  INSERT INTO policy_activation VALUES (raised, item->>'version', (item->'entry'->>'at')::bigint);
  answer := to_jsonb(raised);
END $$;

CREATE FUNCTION put_checkpoint(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO checkpoint VALUES (
    item->>'replica', (item->>'sequence')::bigint, item->>'hash', (item->>'at')::bigint, item->>'keyId', item->>'signature'
  ) ON CONFLICT DO NOTHING;
  recorded := false;
END $$;
`;
