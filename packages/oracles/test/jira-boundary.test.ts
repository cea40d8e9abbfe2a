import type { Adapter } from "@watchword/core";
import { expect, test } from "vitest";

/** Almost three hundred rows, twice, take longer than a default run may. */
const LONG = process.env["WATCHWORD_LONG"] === "1";
if (!LONG)
  console.error(
    "the boundary matrix over Jira is not run: it brings about almost 300 rows twice; WATCHWORD_LONG=1 runs it",
  );

/** Takes whatever site an action names for the tenant's own. */
const anySite = (adapter: Adapter): Adapter => {
  const siteless = <Action extends { readonly resource: Readonly<Record<string, string>> }>(
    action: Action,
  ) => {
    const { site: _, ...resource } = action.resource;
    return { ...action, resource };
  };
  return {
    ...adapter,
    resolve: (action, context) => adapter.resolve(siteless(action), context),
    complete: (action, facts, account) => adapter.complete(siteless(action), facts, account),
  };
};

test.runIf(LONG)(
  "with WATCHWORD_LONG=1: a policy over Jira holds, row by row, and a hole that is planted in the adapter is found",
  { timeout: 300_000 },
  async () => {
    const { runJiraBoundary } = await import("./jira-boundary.ts");
    const { rows, missing, passed } = await runJiraBoundary();
    const failures = rows.flatMap(({ row, problems, attempt }) =>
      problems.length === 0
        ? []
        : [`${row.id}: ${problems.join(", ")}; ${attempt.reason ?? attempt.outcome}`],
    );
    expect({ failures, missing, passed }).toEqual({ failures: [], missing: [], passed: true });
    expect(rows.length).toBeGreaterThan(250);

    const planted = await runJiraBoundary(anySite);
    expect(planted.passed).toBe(false);
    const found = planted.rows
      .filter(({ problems }) => problems.includes("allowed"))
      .map(({ row }) => row.id);
    expect(found).toContain("comment/tenant/foreign-site");
  },
);
