import type { Ceiling, ValueMap } from "@watchword/core";

/** On whose behalf a run acts. `other-tenant`: a verified user of another tenant than the run is wanted for. */
export type UserContext = "verified" | "none" | "other-tenant";

/** How a declared source of evidence stands. Everything but `green` is red, each in its own way. */
export type EvidenceCondition =
  | "green"
  | "red"
  | "pending"
  | "missing"
  | "stale"
  | "other-commit"
  | "empty"
  | "unsigned"
  | "own-workflow";

/** What became of the approval that the action may need. */
export type ApprovalCondition =
  | "none"
  | "granted"
  | "pending"
  | "denied"
  | "expired"
  | "withdrawn"
  | "self"
  | "stranger"
  | "other-action"
  | "other-thread"
  | "spent";

/** What is wrong with the run when the action is proposed. */
export type RunCondition = "living" | "ended" | "killed" | "expired" | "parent-ended" | "frozen";

/** What somebody with the runtime's memory does to what is signed. */
export type Tampering =
  | "unsigned"
  | "foreign-key"
  | "wrong-audience"
  | "wrong-type"
  | "expired"
  | "issued-later"
  | "replayed"
  | "digest-of-another-action"
  | "another-runs-token"
  | "embedded-key";

/** What the tool sends with what it was given. */
export type ToolRequest =
  | "as-decided"
  | "nothing"
  | "other-object"
  | "other-operation"
  | "other-amount"
  | "twice"
  | "without-proof"
  | "by-another-run"
  | "after-expiry"
  | "after-run-end"
  | "at-another-service";

/** A call of one of the app's own guarded tools, as a model makes it. */
export interface SituationCall {
  /** The name under which the module of tools exports it. */
  readonly tool: string;
  /** JSON: what a model says may hold what no action may, such as fractions. */
  readonly args: string;
  /** It is called where no run is. */
  readonly outside?: true;
}

/**
 * One attempt of an agent, whole, as data (canonical JSON): the same situation in the same world goes the same way, in this
 * process or in a container.
 */
export interface Situation {
  /** A declared agent, or a name that nobody declared. */
  readonly agent: string;
  /** Declared workload that runs it; left out: the first one that may run the root agent. */
  readonly workload?: string;
  readonly tenant: string;
  readonly user: UserContext;
  readonly background: boolean;
  /** Agents from the root run down to the parent; empty for a root run. */
  readonly via: readonly string[];
  /** What the run asked to be limited to; left out: everything it could get. */
  readonly ceiling?: Ceiling;
  readonly tool: string;
  readonly action: {
    readonly system: string;
    readonly operation: string;
    readonly resource: Readonly<Record<string, string>>;
    readonly arguments: ValueMap;
  };
  /**
   * The app's own tool that is called; {@link action} is what that has to mean then, as the broker decides it. Left out: a captured
   * agent proposes the action itself.
   */
  readonly call?: SituationCall;
  /** NumericDate; left out: a moment at which every window of the grant is open. */
  readonly at?: number;
  readonly evidence: Readonly<Record<string, EvidenceCondition>>;
  readonly approval: ApprovalCondition;
  readonly run: RunCondition;
  /** Seconds after which a run, an approval, a lease or a test result that is to be too old is; left out: more than any lives. */
  readonly lived?: number;
  readonly tampering?: Tampering;
  /** What is sent when the attempt is allowed. */
  readonly request: ToolRequest;
  /** What happened in this world before, in order; each is expected to be allowed. */
  readonly before: readonly Situation[];
}
