/** What several commands need: tokens, epochs, living runs, giving back. Each finds its rows by a key. */
export const STATE_FUNCTIONS = `
CREATE FUNCTION spend_token(token jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO used_token VALUES (token->>'issuer', token->>'jti', (token->>'expiresAt')::bigint) ON CONFLICT DO NOTHING;
  RETURN FOUND;
END $$;

CREATE FUNCTION spend_tokens(tokens jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  token jsonb;
BEGIN
  FOR token IN SELECT value FROM jsonb_array_elements(tokens) LOOP
    IF NOT spend_token(token) THEN RETURN false; END IF;
  END LOOP;
  RETURN true;
END $$;

CREATE FUNCTION prune_tokens(before bigint, how_many bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM used_token WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM used_token WHERE expires_at < before ORDER BY expires_at LIMIT how_many FOR UPDATE SKIP LOCKED
  ));
END $$;

CREATE FUNCTION raise_epoch(the_subject text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  raised bigint;
BEGIN
  INSERT INTO epoch VALUES (the_subject, 1) ON CONFLICT (subject) DO UPDATE SET value = epoch.value + 1 RETURNING value INTO raised;
  RETURN raised;
END $$;

CREATE FUNCTION epoch_of(the_subject text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  RETURN coalesce((SELECT value FROM epoch WHERE subject = the_subject), 0);
END $$;

CREATE FUNCTION run_lives(the_run text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RETURN EXISTS (SELECT FROM run WHERE id = the_run AND ended_at IS NULL);
END $$;

CREATE FUNCTION any_frozen(subjects text[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  one text;
BEGIN
  FOREACH one IN ARRAY subjects LOOP
    IF EXISTS (SELECT FROM frozen WHERE subject = one) THEN RETURN true; END IF;
  END LOOP;
  RETURN false;
END $$;

CREATE FUNCTION give_back(decision text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  claim record;
BEGIN
  FOR claim IN SELECT key, bucket, minor FROM budget_claim WHERE decision_id = decision LOOP
    UPDATE budget SET minor = minor - claim.minor WHERE key = claim.key AND bucket = claim.bucket;
  END LOOP;
  DELETE FROM budget_claim WHERE decision_id = decision;
  DELETE FROM effect WHERE decision_id = decision AND state = 'pending';
END $$;
`;
