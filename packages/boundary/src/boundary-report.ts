import type { Attempt } from "./attempt.ts";
import type { Fact, MissingBaseline, Row } from "./row.ts";
import type { Isolation, WorldProof } from "./world.ts";

/** Why a row is no proof. */
export type RowProblem =
  /** The unchanged attempt was refused, too: whatever was refused proves nothing. */
  | "baseline_refused"
  /** It was allowed. */
  | "allowed"
  /** It was refused, and not for the fact that was changed. */
  | "wrong_reason"
  /** A credential was minted. */
  | "minted"
  /** The system saw more than look-ups. */
  | "reached_system"
  /** The refusal has no record, or more than one. */
  | "unrecorded"
  /** The harness could not bring it about, or nobody answered in time. */
  | "not_run";

/** One row and how it went. */
export interface RowResult {
  readonly row: Row;
  readonly attempt: Attempt;
  /** Empty: the row is a proof. */
  readonly problems: readonly RowProblem[];
  /** Where the grant stands in the policy's files, for annotations. */
  readonly place: { readonly file: string; readonly line: number } | null;
}

/** A change of the policy that no row noticed: an untested boundary. */
export interface PolicyMutant {
  readonly id: string;
  readonly grant: string;
  /** `args.amount.max raised from 200.00 USD to 2000.00 USD` */
  readonly change: string;
  readonly place: { readonly file: string; readonly line: number } | null;
  /** Id of the first row that noticed; `null`: it survived. */
  readonly killedBy: string | null;
}

/** What a run was aimed at that had no world of its own, and where it ends. */
export interface TargetLimits {
  readonly url: string;
  /** Rows that such a run cannot bring about, or may not, and why. */
  readonly notAsked: readonly { readonly row: string; readonly why: string }[];
  /** What a green run of this kind says nothing about, a sentence each. */
  readonly notProved: readonly string[];
}

/** Everything that one run of the harness found. Every report is made of it; its JSON form is this, whole. */
export interface BoundaryReport {
  readonly version: 1;
  readonly policyVersion: string;
  readonly isolation: Isolation;
  /** Why a stronger isolation was not had; `null` when it was. */
  readonly isolationReason: string | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly milliseconds: number;
  readonly rows: readonly RowResult[];
  readonly baselines: readonly { readonly grant: string; readonly attempt: Attempt }[];
  readonly missing: readonly MissingBaseline[];
  readonly excluded: readonly { readonly fact: Fact; readonly grant: string; readonly reason: string }[];
  /** Grants that the app's tools do not reach, and why. Left out: no tools were handed in. */
  readonly unreached?: readonly { readonly grant: string; readonly reason: string }[];
  /** Named proofs that are no rows: `noRoute`, `noStandingSecret`. */
  readonly proofs: readonly { readonly name: string; readonly holds: boolean; readonly detail: string }[];
  readonly world: WorldProof;
  readonly mutants: readonly PolicyMutant[] | null;
  /** Of a run against a deployed broker. */
  readonly target?: TargetLimits;
  /** Whether everything holds. */
  readonly passed: boolean;
}
