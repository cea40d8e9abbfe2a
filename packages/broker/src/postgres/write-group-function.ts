import type { CommandName } from "../sqlite/command.ts";

/** The function that carried out each command of the first version. */
const FIRST_FUNCTIONS = {
  startRun: "start_run",
  renewRun: "renew_run",
  endRun: "end_run",
  freeze: "freeze",
  putEvidence: "put_evidence",
  advanceEpoch: "advance_epoch",
  recordRefusal: "record_refusal",
  requestApproval: "request_approval",
  decideApproval: "decide_approval",
  withdrawApproval: "withdraw_approval",
  advanceApproval: "advance_approval",
  spendToken: "spend_one_token",
  recordIntent: "record_intent",
  recordMint: "record_mint",
  recordNoMint: "record_no_mint",
  closeOrphan: "close_orphan",
  replaceHandle: "replace_handle",
  claimUse: "claim_use",
  settle: "settle",
  postponeLease: "postpone_lease",
  endLease: "end_lease",
  putTenant: "put_tenant",
  putConnection: "put_connection",
  putPolicy: "put_policy",
  activatePolicy: "activate_policy",
  putCheckpoint: "put_checkpoint",
};

/** The function that carried out each command of the third version. */
export const THIRD_FUNCTIONS = {
  ...FIRST_FUNCTIONS,
  settle: "settle_objects",
  expireLease: "expire_lease",
  forgetEarlierSecrets: "forget_earlier_secrets",
  erasePersonal: "erase_personal",
};

/** The function that carried out each command of the fourth version. */
export const FOURTH_FUNCTIONS = { ...THIRD_FUNCTIONS, drawQuota: "draw_quota", closeDoor: "close_door" };

/** The function that carried out each command of the fifth version. */
export const FIFTH_FUNCTIONS = { ...FOURTH_FUNCTIONS, renewSecret: "renew_secret" };

/** The function that carries out each command. */
export const COMMAND_FUNCTIONS: Readonly<Record<CommandName, string>> = {
  ...FIFTH_FUNCTIONS,
  prolongLease: "prolong_lease",
};

/** What writes a group of these commands. */
export function writeGroupFunction(
  create: "CREATE" | "CREATE OR REPLACE",
  functions: Readonly<Record<string, string>>,
): string {
  const cases = Object.entries(functions).map(
    ([name, called]) =>
      `WHEN '${name}' THEN SELECT done.answer, done.recorded INTO the_answer, is_recorded FROM ${called}(payload) AS done;`,
  );
  return `${create} FUNCTION write_group(the_replica text, the_batch bigint, head jsonb, locks jsonb, prune jsonb, items jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = watchword, pg_temp SET lock_timeout = '1500ms' AS $$
DECLARE
  kept record;
  last_sequence bigint := 0;
  last_hash text := '${"A".repeat(43)}';
  item_text text;
  item jsonb;
  payload jsonb;
  the_answer jsonb;
  is_recorded boolean;
  earliest numeric;
  answers jsonb := '[]';
BEGIN
  PERFORM check_durable();
  PERFORM take_locks(the_replica, locks);
  SELECT sequence, hash, batch INTO kept FROM ledger_head WHERE replica = the_replica;
  IF FOUND THEN
    IF kept.batch >= the_batch THEN RAISE EXCEPTION 'a younger batch was written' USING ERRCODE = 'WW005'; END IF;
    last_sequence := kept.sequence;
    last_hash := kept.hash;
  END IF;
  -- INVARIANT: a chain that somebody else changed is not continued. After an unknown outcome it may have grown.
  IF last_sequence < (head->>'sequence')::bigint
    OR ((head->>'exact')::boolean OR last_sequence = (head->>'sequence')::bigint)
      AND (last_sequence <> (head->>'sequence')::bigint OR last_hash <> head->>'hash')
    THEN RAISE EXCEPTION 'the head of the chain is another' USING ERRCODE = 'WW001'; END IF;

  FOR item_text IN SELECT value FROM jsonb_array_elements_text(items) LOOP
    BEGIN
      item := item_text::jsonb;
      payload := item->'payload';
      -- INVARIANT: what its caller was told no about spends nothing; it is looked at again before the commit.
      IF (item->>'deadline')::numeric < milliseconds() THEN RAISE EXCEPTION 'too late' USING ERRCODE = 'WW002'; END IF;
      the_answer := NULL;
      CASE item->>'name'
      ${cases.join("\n      ")}
      END CASE;
      IF is_recorded THEN last_hash := append(the_replica, last_sequence + 1, last_hash, payload->'entry'); END IF;
      IF is_recorded THEN last_sequence := last_sequence + 1; END IF;
      earliest := least(earliest, (item->>'deadline')::numeric);
      answers := answers || jsonb_build_array(jsonb_build_object('answer', the_answer, 'recorded',
        CASE WHEN is_recorded THEN jsonb_build_object('sequence', last_sequence, 'hash', last_hash) END));
    EXCEPTION WHEN OTHERS THEN
      answers := answers || jsonb_build_array(jsonb_build_object('failed', SQLSTATE));
    END;
  END LOOP;

  INSERT INTO ledger_head VALUES (the_replica, last_sequence, last_hash, the_batch)
    ON CONFLICT (replica) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash, batch = excluded.batch;
  PERFORM prune_tokens((prune->>'before')::bigint, (prune->>'count')::bigint);
  IF earliest < milliseconds() THEN RAISE EXCEPTION 'too late' USING ERRCODE = 'WW002'; END IF;
  RETURN jsonb_build_object('answers', answers, 'sequence', last_sequence, 'hash', last_hash, 'clock', milliseconds());
END $$;
`;
}

/**
 * One group of commands: one statement, one transaction, one round trip. `locks_of` finds the names that the caller cannot
 * know: the tree of a run or lease, what a decision may give back. `write_group` takes all locks in one order first, so that
 * no two groups wait for each other, then carries out the items one by one; one that fails takes only itself back. The
 * chain goes on from the head that this writer wrote last, in a batch that is younger than any that was written.
 */
export const WRITE_GROUP_FUNCTION = `
CREATE FUNCTION locks_of(wanted jsonb) RETURNS TABLE (name text, exclusive boolean) LANGUAGE plpgsql AS $$
DECLARE
  one text;
BEGIN
  RETURN QUERY SELECT value, true FROM jsonb_array_elements_text(wanted->'exclusive');
  RETURN QUERY SELECT value, false FROM jsonb_array_elements_text(wanted->'shared');
  FOR one IN SELECT value FROM jsonb_array_elements_text(wanted->'treesOfRuns') LOOP
    RETURN QUERY SELECT 'tree:' || root, true FROM run WHERE id = one;
    RETURN QUERY SELECT 'frozen:' || subject, false FROM run, unnest(subjects) AS subject WHERE id = one;
  END LOOP;
  FOR one IN SELECT value FROM jsonb_array_elements_text(wanted->'treesOfLeases') LOOP
    RETURN QUERY SELECT 'tree:' || root, false FROM lease WHERE id = one;
  END LOOP;
  FOR one IN
    SELECT value FROM jsonb_array_elements_text(wanted->'decisions')
    UNION ALL
    SELECT (SELECT decision_id FROM lease WHERE id = value) FROM jsonb_array_elements_text(wanted->'spentLeases')
  LOOP
    RETURN QUERY SELECT 'budget:' || key, true FROM budget_claim WHERE decision_id = one;
    RETURN QUERY SELECT 'effect:' || key, true FROM effect WHERE decision_id = one;
    RETURN QUERY SELECT 'approval:' || approval_id, true FROM intent WHERE decision_id = one AND approval_id IS NOT NULL;
  END LOOP;
END $$;

CREATE FUNCTION take_locks(the_replica text, wanted jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  one record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('replica:' || the_replica, 0));
  IF (wanted->>'alone')::boolean THEN PERFORM pg_advisory_xact_lock(hashtextextended('everything', 0));
  ELSE PERFORM pg_advisory_xact_lock_shared(hashtextextended('everything', 0)); END IF;
  FOR one IN SELECT hashtextextended(name, 0) AS id, bool_or(exclusive) AS exclusively FROM locks_of(wanted) GROUP BY 1 ORDER BY 1 LOOP
    IF one.exclusively THEN PERFORM pg_advisory_xact_lock(one.id);
    ELSE PERFORM pg_advisory_xact_lock_shared(one.id); END IF;
  END LOOP;
END $$;

CREATE FUNCTION milliseconds() RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
  RETURN extract(epoch FROM clock_timestamp()) * 1000;
END $$;

CREATE FUNCTION check_durable() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('synchronous_commit') = 'off' OR current_setting('fsync') = 'off'
    THEN RAISE EXCEPTION 'a commit would not be durable' USING ERRCODE = 'WW003'; END IF;
  IF current_setting('transaction_isolation') <> 'read committed'
    THEN RAISE EXCEPTION 'a statement would not see what others committed' USING ERRCODE = 'WW004'; END IF;
END $$;

CREATE FUNCTION append(the_replica text, the_sequence bigint, previous text, entry jsonb, OUT hash text) LANGUAGE plpgsql AS $$
BEGIN
  hash := translate(rtrim(encode(sha256(convert_to(
    (entry->'parts'->>0) || (entry->>'body') || (entry->'parts'->>1) || previous || (entry->'parts'->>2) || the_sequence || (entry->'parts'->>3), 'UTF8'
  )), 'base64'), '='), '+/', '-_');
  INSERT INTO ledger VALUES (
    the_replica, the_sequence, entry->>'kind', (entry->>'at')::bigint, entry->>'tenant', entry->>'decision', entry->>'body', entry->>'commitment',
    previous, hash
  );
  IF entry->'personal'->>'salt' IS NOT NULL THEN
    INSERT INTO ledger_personal VALUES (the_replica, the_sequence, entry->'personal'->>'salt', entry->'personal'->>'value');
  END IF;
END $$;

${writeGroupFunction("CREATE", FIRST_FUNCTIONS)}`;
