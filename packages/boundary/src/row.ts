import type { Reason } from "@watchword/core";
import type { Situation } from "./situation.ts";

/** What a row changes: one of these at a time. */
export const FACTS = [
  "tenant",
  "agent",
  "user",
  "run",
  "action",
  "resource",
  "argument",
  "approval",
  "evidence",
  "time",
  "delegation",
  "budget",
  "once",
  "token",
  "credential",
] as const;
export type Fact = (typeof FACTS)[number];

/** One thing that a policy forbids: its baseline is allowed, and with one fact changed it must be refused. */
export interface Row {
  /** `refund-own-tenant/tenant/foreign-object`: stable, for filters and fingerprints. */
  readonly id: string;
  readonly grant: string;
  readonly fact: Fact;
  /** `foreign-object` */
  readonly mutation: string;
  /** A sentence: `a charge of another tenant`. */
  readonly title: string;
  readonly baseline: Situation;
  readonly mutated: Situation;
  /** The reasons that belong to the changed fact; any other refusal is a failure of the row. */
  readonly expected: readonly Reason[];
  /** It changes the world's state (something happens before, or time moves), so it has a world of its own. */
  readonly alone: boolean;
}

/** A grant of which no allowed attempt could be made: an error that says what to add, never a row left out in silence. */
export interface MissingBaseline {
  readonly grant: string;
  readonly missing: string;
}
