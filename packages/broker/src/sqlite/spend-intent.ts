import type { Answers, Commands } from "./command.ts";
import { FORGOTTEN_UNTIL } from "./meta-key.ts";
import { type WriteState, epochOf, giveBack, pruneTokens, runsLive, spendToken } from "./write-state.ts";

type IntentCommand = Commands["recordIntent"]["intent"];

/** Parts of a budget's window: a check reads at most this many and one more. */
const BUCKETS = 24;

/**
 * Step 3: looks at everything first and writes only when all of it holds. The jti is spent either way.
 */
export function recordIntent(
  state: WriteState,
  { intent, entry }: Commands["recordIntent"],
): Answers["recordIntent"] {
  pruneTokens(state, intent.now);
  if (!spendToken(state, intent.token)) return { outcome: "token_replayed" };
  const obstacle = obstacleTo(state, intent) ?? forgottenObstacle(state, intent);
  if (obstacle !== undefined) return obstacle;

  const { database } = state;
  // An intent that a definite non-mint reopened makes way.
  database.run(
    "DELETE FROM intent WHERE tenant = ? AND txn = ? AND state = 'reopened'",
    intent.tenant,
    intent.txn,
  );
  database.run(
    "INSERT INTO intent VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)",
    intent.tenant,
    intent.txn,
    intent.decisionId,
    intent.leaseId,
    intent.run,
    intent.system,
    intent.actionDigest,
    intent.approvalId ?? null,
    intent.now,
    intent.deadline,
  );
  if (intent.approvalId !== undefined)
    database.run("UPDATE approval SET state = 'spent' WHERE id = ? AND state = 'granted'", intent.approvalId);
  if (intent.once !== undefined) {
    database.run(
      "INSERT OR REPLACE INTO effect VALUES (?, ?, 'pending', ?)",
      intent.once.key,
      intent.decisionId,
      intent.now + intent.once.windowSeconds,
    );
  }
  for (const budget of intent.budgets) reserve(state, intent, budget);
  state.chain.append(entry);
  return { outcome: "recorded" };
}

/** The first thing on record in the way, in the order of what it means for the caller. */
function obstacleTo(state: WriteState, intent: IntentCommand): Answers["recordIntent"] | undefined {
  const { database } = state;
  const generation = database.get("SELECT value FROM meta WHERE key = 'generation'")?.["value"];
  if (generation !== intent.generation || !runsLive(database, intent.run, intent.root))
    return { outcome: "run_ended" };
  // INVARIANT: before anything is given again: what was decided under an older state opens no lease, not even its own.
  for (const [subject, used] of Object.entries(intent.epochs)) {
    if (epochOf(database, subject) !== used)
      return { outcome: subject.startsWith("run:") ? "run_ended" : "state_changed" };
  }
  const earlier = earlierIntent(state, intent);
  if (earlier !== undefined) return earlier;
  const approval =
    intent.approvalId === undefined ? undefined : approvalObstacle(state, intent, intent.approvalId);
  if (approval !== undefined) return { outcome: approval };
  const effect =
    intent.once === undefined
      ? undefined
      : database.get("SELECT state, until FROM effect WHERE key = ?", intent.once.key);
  // A pending effect stays in the way beyond its window: nobody knows yet whether it happened.
  if (effect?.["state"] === "pending") return { outcome: "effect_pending" };
  if (effect?.["state"] === "done" && Number(effect["until"]) > intent.now)
    return { outcome: "already_done" };
  return intent.budgets.some((budget) => !fits(state, intent, budget))
    ? { outcome: "budget_exceeded" }
    : undefined;
}

/** INVARIANT: a window that began before the restore from a backup may hold spends that nobody remembers. */
function forgottenObstacle(
  { database }: WriteState,
  { now, once, budgets }: IntentCommand,
): Answers["recordIntent"] | undefined {
  const until = database.get("SELECT value FROM meta WHERE key = ?", FORGOTTEN_UNTIL)?.["value"];
  if (until === undefined) return undefined;
  const reachesBack = ({ windowSeconds }: { readonly windowSeconds: number }): boolean =>
    now - windowSeconds < Number(until);
  if (once !== undefined && reachesBack(once)) return { outcome: "outcome_unknown" };
  // No run from before the restore lives, so that what counts one alone has forgotten nothing.
  return budgets.some((budget) => budget.ofRun !== true && reachesBack(budget))
    ? { outcome: "budget_exceeded" }
    : undefined;
}

function earlierIntent({ database }: WriteState, intent: IntentCommand): Answers["recordIntent"] | undefined {
  const row = database.get(
    "SELECT action_digest, state, run, lease_id FROM intent WHERE tenant = ? AND txn = ?",
    intent.tenant,
    intent.txn,
  );
  if (row === undefined) return undefined;
  if (row["action_digest"] !== intent.actionDigest) return { outcome: "token_replayed" };
  if (row["state"] === "reopened") return undefined;
  if (row["state"] !== "minted") return { outcome: "outcome_unknown" };
  const leaseId = String(row["lease_id"]);
  const alive = database.get(
    "SELECT 1 AS alive FROM lease WHERE id = ? AND revocation IS NULL AND expires_at > ? AND uses < max_uses",
    leaseId,
    intent.now,
  );
  return alive !== undefined && row["run"] === intent.run
    ? { outcome: "repeated", leaseId }
    : { outcome: "already_done" };
}

function approvalObstacle({ database }: WriteState, intent: IntentCommand, id: string): string | undefined {
  const row = database.get(
    "SELECT tenant, txn, action_digest, state, expires_at FROM approval WHERE id = ?",
    id,
  );
  if (
    row === undefined ||
    row["tenant"] !== intent.tenant ||
    row["txn"] !== intent.txn ||
    row["action_digest"] !== intent.actionDigest
  )
    return "approval_denied";
  if (row["state"] !== "granted") return `approval_${String(row["state"])}`;
  return Number(row["expires_at"]) <= intent.now ? "approval_expired" : undefined;
}

type Budget = IntentCommand["budgets"][number];

/** The second at which the bucket begins, not its number: a policy that changes the window keeps what was counted. */
function bucketOf(now: number, windowSeconds: number): number {
  const width = Math.max(1, Math.ceil(windowSeconds / BUCKETS));
  return Math.floor(now / width) * width;
}

/** The oldest part of the window counts in full, so the sum may be too high and never too low. */
function fits(
  { database }: WriteState,
  intent: IntentCommand,
  { key, amount, max, windowSeconds }: Budget,
): boolean {
  if (amount.currency !== max.currency) return false;
  const oldest = bucketOf(intent.now - windowSeconds, windowSeconds);
  const spent = Number(
    database.get(
      "SELECT coalesce(sum(minor), 0) AS spent FROM budget WHERE key = ? AND bucket >= ?",
      key,
      oldest,
    )?.["spent"],
  );
  return spent + amount.minor <= max.minor;
}

function reserve(
  { database }: WriteState,
  intent: IntentCommand,
  { key, amount, windowSeconds }: Budget,
): void {
  const bucket = bucketOf(intent.now, windowSeconds);
  database.run(
    "DELETE FROM budget WHERE key = ? AND bucket < ?",
    key,
    bucketOf(intent.now - windowSeconds, windowSeconds),
  );
  database.run(
    "INSERT INTO budget VALUES (?, ?, ?) ON CONFLICT (key, bucket) DO UPDATE SET minor = minor + excluded.minor",
    key,
    bucket,
    amount.minor,
  );
  database.run("INSERT INTO budget_claim VALUES (?, ?, ?, ?)", intent.decisionId, key, bucket, amount.minor);
}

/** A mint that definitely gave nothing, or whose outcome nobody knows. */
export function recordNoMint(
  state: WriteState,
  { decisionId, reopen, entry }: Commands["recordNoMint"],
): null {
  const { database } = state;
  const intent = database.get(
    "SELECT approval_id FROM intent WHERE decision_id = ? AND state = 'open'",
    decisionId,
  );
  if (intent === undefined) throw new Error("no open intent");
  database.run(
    "UPDATE intent SET state = ? WHERE decision_id = ?",
    reopen ? "reopened" : "closed",
    decisionId,
  );
  if (reopen) {
    giveBack(state, decisionId);
    if (intent["approval_id"] !== null)
      database.run(
        "UPDATE approval SET state = 'granted' WHERE id = ? AND state = 'spent'",
        intent["approval_id"] as string,
      );
  }
  state.chain.append(entry);
  return null;
}

/** An intent whose process died: what it spent stays spent. */
export function closeOrphan(state: WriteState, { decisionId, entry }: Commands["closeOrphan"]): null {
  if (
    state.database.run(
      "UPDATE intent SET state = 'closed' WHERE decision_id = ? AND state = 'open'",
      decisionId,
    ) === 1
  )
    state.chain.append(entry);
  return null;
}
