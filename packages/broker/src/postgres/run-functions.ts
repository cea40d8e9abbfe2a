/**
 * Runs from start to end. INVARIANT: a child starts only while each of its ancestors lives, and since an end takes all
 * descendants along, a living run has living ancestors: nobody needs to walk the chain later.
 */
export const RUN_FUNCTIONS = `
CREATE FUNCTION start_run(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  begun jsonb := item->'run';
  frozen_by text[] := ARRAY(SELECT jsonb_array_elements_text(item->'subjects'));
  ancestor text;
BEGIN
  recorded := false;
  answer := '"token_replayed"';
  IF NOT spend_tokens(item->'tokens') THEN RETURN; END IF;
  answer := '"run_ended"';
  FOR ancestor IN SELECT jsonb_array_elements_text(begun->'ancestors') LOOP
    IF NOT run_lives(ancestor) THEN RETURN; END IF;
  END LOOP;
  answer := '"frozen"';
  IF any_frozen(frozen_by) THEN RETURN; END IF;
  INSERT INTO run VALUES (
    begun->>'id', begun->>'root', begun->>'tenant', item->>'agent', frozen_by, (begun->>'expiresAt')::bigint, NULL, item->>'record'
  );
  INSERT INTO descent SELECT value, begun->>'id' FROM jsonb_array_elements_text(begun->'ancestors');
  answer := '"started"';
  recorded := true;
END $$;

CREATE FUNCTION renew_run(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  frozen_by text[];
BEGIN
  recorded := false;
  answer := '"token_replayed"';
  IF NOT spend_tokens(item->'tokens') THEN RETURN; END IF;
  answer := '"run_ended"';
  SELECT subjects INTO frozen_by FROM run WHERE id = item->>'id' AND ended_at IS NULL;
  IF NOT FOUND THEN RETURN; END IF;
  answer := '"frozen"';
  IF any_frozen(frozen_by) THEN RETURN; END IF;
  UPDATE run SET expires_at = greatest(expires_at, (item->>'expiresAt')::bigint) WHERE id = item->>'id';
  answer := '"started"';
  recorded := true;
END $$;

CREATE FUNCTION end_runs(ids text[], moment bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH ended AS (
    UPDATE run SET ended_at = moment WHERE id = ANY (ids) AND ended_at IS NULL RETURNING id
  ), raised AS (
    INSERT INTO epoch SELECT 'run:' || id, 1 FROM ended ON CONFLICT (subject) DO UPDATE SET value = epoch.value + 1
  )
  UPDATE lease SET due_at = 0 FROM ended WHERE lease.run = ended.id AND lease.revocation IS NULL;
END $$;

CREATE FUNCTION end_run(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
BEGIN
  recorded := run_lives(item->>'id');
  answer := to_jsonb(recorded);
  IF recorded THEN
    PERFORM end_runs(item->>'id' || ARRAY(SELECT run FROM descent WHERE ancestor = item->>'id'), (item->>'now')::bigint);
  END IF;
END $$;

CREATE FUNCTION freeze(item jsonb, OUT answer jsonb, OUT recorded boolean) LANGUAGE plpgsql AS $$
DECLARE
  the_subject text := item->>'subject';
  kind text := split_part(the_subject, ':', 1);
  name text := substr(the_subject, length(kind) + 2);
  moment bigint := (item->>'now')::bigint;
  living text[];
BEGIN
  IF (item->>'frozen')::boolean THEN INSERT INTO frozen VALUES (the_subject) ON CONFLICT DO NOTHING;
  ELSE DELETE FROM frozen WHERE subject = the_subject; END IF;
  recorded := FOUND;
  answer := to_jsonb(recorded);
  IF NOT recorded THEN RETURN; END IF;
  PERFORM raise_epoch(the_subject);
  -- What was running under the subject ends with it and does not come back by thawing.
  IF NOT (item->>'frozen')::boolean THEN RETURN; END IF;
  IF kind = 'system' THEN
    UPDATE lease SET due_at = 0 WHERE system = name AND revocation IS NULL;
    RETURN;
  END IF;
  IF kind = 'tenant' THEN living := ARRAY(SELECT id FROM run WHERE tenant = name AND ended_at IS NULL AND expires_at > moment);
  ELSE living := ARRAY(SELECT id FROM run WHERE agent = name AND ended_at IS NULL AND expires_at > moment); END IF;
  PERFORM end_runs(living || ARRAY(SELECT run FROM descent WHERE ancestor = ANY (living)), moment);
END $$;
`;
