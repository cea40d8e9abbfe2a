import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { boundary } from "@watchword/boundary";
import { describeBoundary } from "@watchword/boundary/vitest";
import { expect, test } from "vitest";
import { payments } from "./payments.ts";
import { PAYMENTS, policyOf } from "./policies.ts";

/** Another vitest in a process of its own takes longer than a default run may. */
const LONG = process.env["WATCHWORD_LONG"] === "1";

// These rows are tests of this very file.
await describeBoundary(
  boundary({ policy: policyOf(PAYMENTS), systems: { payments } }, (b) => b.narrowing("read")),
);

interface VitestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly meta: { readonly boundary?: Readonly<Record<string, unknown>> };
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Runs vitest over a suite about one fact of one grant, in a process of its own; what its JSON reporter says. */
function ran(policy: string): VitestReport["testResults"][number]["assertionResults"] {
  const here = dirname(fileURLToPath(import.meta.url));
  const place = mkdtempSync(join(here, ".described-"));
  try {
    writeFileSync(
      join(place, "refund.boundary.test.ts"),
      `import { boundary } from "@watchword/boundary";
import { describeBoundary } from "@watchword/boundary/vitest";
import { payments } from "../payments.ts";
import { policyOf } from "../policies.ts";
await describeBoundary(boundary({ policy: policyOf(${JSON.stringify(policy)}), systems: { payments } }, (b) => b.tenant("read")));
`,
    );
    writeFileSync(
      join(place, "vitest.config.ts"),
      `import { boundaryProject } from "@watchword/boundary/vitest";
export default { ssr: { resolve: { conditions: ["@watchword/source"] } }, test: { execArgv: ["--conditions=@watchword/source"], projects: [boundaryProject()] } };
`,
    );
    const vitest = join(here, "../node_modules/vitest/vitest.mjs");
    spawnSync(
      process.execPath,
      ["--conditions=@watchword/source", vitest, "run", "--reporter=json", "--outputFile=out.json"],
      {
        cwd: place,
        encoding: "utf8",
      },
    );
    const report = JSON.parse(readFileSync(join(place, "out.json"), "utf8")) as VitestReport;
    return report.testResults.flatMap(({ assertionResults }) => assertionResults);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

test.runIf(LONG)(
  "with WATCHWORD_LONG=1: each row of a suite is a test of vitest that says what it is about, and fails when the row does",
  () => {
    // One look-up is no longer bound to its tenant: the row about the other tenant's charge must notice.
    const results = ran(
      PAYMENTS.replace(
        "where: { args.charge: { ownedBy: tenant } }\n    lease: { action: 30s }",
        "lease: { action: 30s }",
      ),
    );
    const failed = results.filter(({ status }) => status === "failed");
    expect(failed.map(({ title }) => title)).toEqual([
      expect.stringMatching(/^read × tenant × foreign-object/),
      expect.stringMatching(/^read × tenant × nobodys-object/),
    ]);
    expect(failed[0]?.failureMessages.join()).toContain("rerun: watchword verify --only read:tenant");
    expect(failed[0]?.meta.boundary).toMatchObject({
      grant: "read",
      fact: "tenant",
      isolation: "same-process",
    });
    const passed = results.filter(({ status }) => status === "passed");
    expect(passed.length).toBeGreaterThan(3);
    expect(passed.at(-1)?.title).toBe("holds as a whole: baselines, proofs, ledger and secrets");
  },
);
