import type { FailedFact, Reason } from "@watchword/core";

/**
 * Where a situation ended. `gateway`: with what the tool sent, there or, with a token that was released to it, at the service
 * itself. `harness`: it could not be brought about, or nobody answered in time: never a pass, because a
 * refusal that nobody made proves nothing.
 */
export type AttemptStage = "start" | "delegate" | "act" | "gateway" | "done" | "harness";

/** Who acted, as the ledger has it. */
export interface AttemptPrincipal {
  /** `support@1` */
  readonly agent: string;
  readonly tenant: string;
  readonly run: string;
  readonly workload: string;
  /** On whose behalf: a verified user's, or the agent's own. */
  readonly kind: "user" | "agent";
  /** Agents from the root run down to this one. */
  readonly chain: readonly string[];
}

/** Who acted, as the spans of a decision say. */
export type TracedPrincipal = Pick<AttemptPrincipal, "agent" | "tenant" | "run">;

/** What was minted, as the ledger has it. */
export interface AttemptLease {
  /** As the adapter names it: `restricted-key`. */
  readonly kind: string;
  readonly custody: "gateway" | "released";
  /** Seconds from the mint to the lease's end. */
  readonly seconds: number;
  /** Seconds from the mint to the end that the system itself gives the credential; `null`: it never ends by itself. */
  readonly nativeSeconds: number | null;
}

/**
 * What keeps an allowed call of an app's tool from being what it is for. `unbrokered`: the system saw more of it than broker and
 * gateway did. `other_action`: its binding, or what it sent, is another action than its example says. `nothing_sent`: the system
 * saw nothing of it.
 */
export type ToolProblem = "unbrokered" | "other_action" | "nothing_sent";

/** What became of one situation, by the answers and by what was really seen at store and twins. */
export interface Attempt {
  readonly outcome: "allowed" | "refused" | "approval_required" | "failed";
  readonly stage: AttemptStage;
  readonly reason: Reason | null;
  /** From the ledger: agents are not told. */
  readonly failedFact: FailedFact | null;
  readonly decisionId: string | null;
  /** Why, for whoever reads the report; holds no secret. */
  readonly detail: string | null;
  /** Mints, effects and refused requests that the twins saw because of this attempt. */
  readonly seen: { readonly mints: number; readonly effects: number; readonly refused: number };
  /** Ledger records of this decision; refusals before a run is verified are counted there, and have none. */
  readonly records: number;
  /** `null`: there is no record of a decision. Left out: nobody looked. */
  readonly principal?: AttemptPrincipal | null;
  /** `null`: no span of the decision says it, or they differ. Left out: nobody looked. */
  readonly traced?: TracedPrincipal | null;
  /** `null`: nothing was minted. Left out: nobody looked. */
  readonly lease?: AttemptLease | null;
  /** Of an allowed call of an app's tool; it is `failed` then. `null`, and left out: nothing is wrong with it. */
  readonly toolProblem?: ToolProblem | null;
  readonly milliseconds: number;
}
