import { join } from "node:path";
import { parseArgs } from "node:util";
import { Refusal } from "@watchword/core";
import { runDemo } from "./demo.ts";
import { createReport } from "./report.ts";

const HELP = `npm run demo [-- --json] [-- --state <directory>]

Runs the main job on this machine: no network, no account, no containers.
  --json    one JSON object per decision on stdout, and nothing else
  --state   where state goes; it is emptied first (default: .watchword/demo)

Exit codes: 0 every outcome as expected · 1 an outcome is not as expected · 2 usage · 4 the environment is missing something · 70 a fault of ours
`;

process.exitCode = await main();

async function main(): Promise<number> {
  let values: { json?: boolean | undefined; state?: string | undefined; help?: boolean | undefined };
  try {
    ({ values } = parseArgs({
      options: {
        json: { type: "boolean" },
        state: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : "usage"}\n\n${HELP}`);
    return 2;
  }
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const report = createReport(values.json === true);
  try {
    await runDemo(values.state ?? join(process.cwd(), ".watchword", "demo"), report);
  } catch (error) {
    process.stderr.write(
      `\nThe demo stopped: ${Refusal.is(error) ? error.message : Refusal.from(error, "internal").message}\n`,
    );
    return Refusal.is(error) && error.reason === "configuration_invalid" ? 4 : 70;
  }
  for (const failure of report.failures) process.stderr.write(`not as expected: ${failure}\n`);
  report.say(
    `\n${report.decisions} decisions; ${report.failures.length === 0 ? "every outcome as expected" : `${report.failures.length} not as expected`}.`,
  );
  report.say(
    "Next: read apps/demo/src/tools.ts (a guarded tool), apps/demo/policy/support.yaml (its policy), docs/house-tour.md (the way of one call).",
  );
  return report.failures.length === 0 ? 0 : 1;
}
