import type { Ceiling, FailedFact, Reason, ValueMap } from "@watchword/core";
import type { AttemptLease, AttemptPrincipal, TracedPrincipal } from "../attempt.ts";
import type { ApprovalCondition, EvidenceCondition, ToolRequest, UserContext } from "../situation.ts";
import type { WorldProof } from "../world.ts";
import type { ProposedAction, ToolCall } from "./actor.ts";

/** What the twins saw so far, look-ups left out. */
export interface Seen {
  readonly mints: number;
  readonly effects: number;
  readonly refused: number;
}

/** Tokens with which a runtime of this workload starts a run. */
export interface IssuedTokens {
  readonly workloadToken: string;
  readonly subjectToken: string | null;
  readonly subjectKind: "user" | "ticket";
  /** What the start says of its tenant, where it has to say something. */
  readonly tenant: string | null;
}

/** An action as an attempt is about it, before anybody completed it. */
export interface TenantAction extends Omit<ProposedAction, "txn"> {
  readonly tenant: string;
  readonly arguments: ValueMap;
}

/** What came of a tool's call that was allowed. */
export interface Deed {
  /** Where the decided action is another one than was expected; `null`: nowhere. */
  readonly decided: string | null;
  /** The same of what left for the system. */
  readonly sent: string | null;
  /** Requests that left with the lease. */
  readonly requests: number;
  /** Those that the ledger has, where they change something. */
  readonly writes: number;
  /** Why the gateway let something not leave. */
  readonly refused: string | null;
  /** The system did not say what became of what left. */
  readonly unknown: boolean;
}

/**
 * Arranges what a situation needs outside of the agent's reach, and looks at what came of it: clock, identities, evidence,
 * approvers, operators, ledger and twins. Calls and answers are JSON.
 */
export interface Stage {
  /** Moves the world's clock to a NumericDate; without one it only says what it is. */
  time(to?: number): Promise<number>;
  /** @throws Error when nobody at hand can vouch: the key of a starter belongs to whoever declared it */
  identify(wanted: {
    readonly workload: string | null;
    readonly agent: string;
    readonly tenant: string;
    readonly user: UserContext;
  }): Promise<IssuedTokens>;
  /** Brings declared sources into their states, about the commit that the action is about. */
  evidence(wanted: {
    readonly action: TenantAction;
    readonly sources: Readonly<Record<string, EvidenceCondition>>;
    /** Seconds since what is stale was made. */
    readonly age?: number;
  }): Promise<void>;
  /** What becomes of an approval. Gives the refusal of whoever tried to decide it. */
  approve(wanted: {
    readonly approvalId: string;
    readonly condition: ApprovalCondition;
  }): Promise<{ readonly refused: Reason | null }>;
  stop(
    wanted: { readonly run: string } | { readonly tenant: string; readonly thaw?: boolean },
  ): Promise<void>;
  /** The request that a tool would make for an action; or what it makes of it. */
  toolCall(wanted: { readonly action: TenantAction; readonly request: ToolRequest }): Promise<ToolCall>;
  /** What a run of the agent may ask for at most; for ceilings that are wider by one step. */
  ceiling(wanted: { readonly agent: string; readonly tenant: string }): Promise<Ceiling>;
  seen(): Promise<Seen>;
  /** Ledger records of a decision. */
  recorded(decisionId: string): Promise<{
    readonly refusals: number;
    readonly records: number;
    readonly failedFact: FailedFact | null;
    /** Why, in the words for operators. */
    readonly detail: string | null;
    readonly principal: AttemptPrincipal | null;
    /** Left out: nobody could look. */
    readonly traced?: TracedPrincipal | null | undefined;
    readonly lease: AttemptLease | null;
  }>;
  /** What was decided and sent for a tool's call, beside the action that it has to mean. */
  deed(wanted: {
    readonly decisionId: string;
    readonly action: TenantAction;
    /** Arguments that the tool asked for. */
    readonly proposed: readonly string[];
  }): Promise<Deed>;
  prove(): Promise<WorldProof>;
}
