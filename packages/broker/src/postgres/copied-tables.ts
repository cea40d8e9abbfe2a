import type { StoredLease, StoredRun } from "../sqlite/command.ts";
import type { Row } from "../sqlite/database.ts";
import { subjectsOfRun } from "./subjects-of-run.ts";

/** Every table of a store but `meta`. A table that is forgotten here fails a test. */
export const COPIED_TABLES = [
  "epoch",
  "used_token",
  "run",
  "descent",
  "frozen",
  "evidence",
  "approval",
  "intent",
  "effect",
  "budget",
  "budget_claim",
  "quota",
  "lease",
  "lease_use",
  "tenant",
  "connection",
  "also_account",
  "decision_object",
  "policy",
  "policy_activation",
  "ledger",
  "ledger_personal",
  "ledger_head",
  "checkpoint",
] as const;

export type CopiedTable = (typeof COPIED_TABLES)[number];

/** Columns that PostgreSQL has and SQLite keeps within a record. */
export const DERIVED: { readonly [Name in CopiedTable]?: (row: Row) => Readonly<Record<string, unknown>> } = {
  run: (row) => {
    const run = JSON.parse(String(row["record"])) as StoredRun;
    return { root: run.root, subjects: subjectsOfRun(run) };
  },
  lease: (row) => {
    const { tenant, custody } = JSON.parse(String(row["record"])) as StoredLease;
    return { tenant, custody };
  },
  // Chains of before are never continued, so that no batch is younger than another.
  ledger_head: () => ({ batch: 0 }),
};
