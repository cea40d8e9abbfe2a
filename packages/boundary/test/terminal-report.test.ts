import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { FACTS, terminalReport } from "../src/index.ts";
import { HOSTILE, brokenReport, reportWith, rowResult } from "./sample-report.ts";

describe("the report on a terminal", () => {
  test("shows grants by facts, what holds, and the isolation", () => {
    expect(terminalReport(reportWith())).toBe(
      `boundary  policy 7f3ac21b7f3a  isolation container  6.8 s

grant               tenant    args
refund-own-tenant      1/1     1/1

✓ 2 of 2 rows refused with the right reason
✓ 1 of 1 baselines allowed
✓ the ledger of 12 records verifies
✓ 0 secrets where none may be
✓ 0 ways out of the agent's cell
✓ noRoute: no interface but lo

✓ the boundary holds
`,
    );
  });

  test("says of a failing row what was tried, expected and got, the policy's line and how to look again", () => {
    const text = terminalReport(brokenReport());
    expect(text).toContain(`✗ refund-own-tenant × tenant × other
    tried     a charge
    expected  refused, tenant_mismatch
    got       allowed, 1 mint, 1 effect
    so        it was allowed; a credential was minted
`);
    expect(text).toContain(`    rerun     watchword verify --only refund-own-tenant:tenant
    policy    policy/refund.yaml:14
`);
    expect(text).toContain(
      "✗ query has no allowed attempt\n    needed    arguments that name a table of acme\n",
    );
    expect(text).toContain("not stronger: no engine answered at the socket\n");
    expect(text).toContain("· left out: refund-own-tenant × time: it works at night\n");
    expect(text).toContain(
      "score 1/2 changes of the policy noticed\n  ! no row notices: args.amount.max raised  policy/refund.yaml:14\n",
    );
    expect(text).toMatch(/✗ the boundary does not hold\n$/);
  });

  test("fits into 80 columns with every fact and a long name, and says the same without colour", () => {
    const rows = FACTS.map((fact) =>
      rowResult({ fact, grant: "a-grant-whose-name-is-longer-than-its-column" }),
    );
    const proofs = [
      { name: "a proof ".repeat(8).trim(), holds: true, detail: "with words ".repeat(9).trim() },
    ];
    const report = { ...brokenReport(), proofs, rows: [...rows, ...brokenReport().rows] };
    const plain = terminalReport(report);
    for (const line of plain.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(plain).toMatch(/ tenant +agent +user +run +action +res\n/);
    const coloured = terminalReport(report, { colour: true });
    expect(coloured).not.toBe(plain);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });

  test("shows what a name holds and lets none of it move the cursor or begin a line", () => {
    const text = terminalReport(brokenReport(HOSTILE));
    expect(text).not.toMatch(/[\u001B\u202E]/);
    expect(text.split("\n").filter((line) => line.startsWith("::"))).toEqual([]);
    expect(text).toContain("\\u{202e}");
  });

  test("does not call a way out closed that nobody looked for", () => {
    const { openRoutes: _, ...rest } = reportWith().world;
    const text = terminalReport(reportWith({ world: { ...rest, openRoutes: undefined } }));
    expect(text).toContain("· ways out of the agent's process: nobody could look\n");
  });
});
