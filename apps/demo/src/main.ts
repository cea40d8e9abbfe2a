import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Refusal } from "@watchword/core";
import { FAULTS, type Fault } from "./faults.ts";
import { createReport } from "./report.ts";

const HELP = `npm run demo [-- options]

Runs the main job on this machine: no network, no account, no containers.
  --json            one JSON object per decision on stdout, and nothing else (npm adds its banner: npm run --silent demo)
  --state <dir>     where state goes; it is emptied first (default: .watchword/demo)
  --policy <path>   another policy than apps/demo/policy: a file or a directory
  --fault <name>    asks for one refund while something is broken: ${FAULTS.join(", ")}
  --help            this text

Exit codes: 0 every outcome as expected · 1 an outcome is not as expected · 2 usage · 3 the policy is not valid
            4 the environment lacks something (also: what --fault broke) · 70 a fault of ours
`;

interface Options {
  readonly json: boolean;
  readonly state: string;
  readonly policy: string;
  readonly fault: Fault | undefined;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === "number") return options;
  const report = createReport(options.json);
  try {
    await run(options, report);
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    process.stderr.write(`\nThe demo stopped: ${refusal.message}\n`);
    return exitCodeOf(refusal);
  }
  return finish(options, report);
}

/** The systems are loaded when they are needed: a typo is answered at once. */
async function run(
  { state, policy, fault }: Options,
  report: ReturnType<typeof createReport>,
): Promise<void> {
  if (fault === undefined) await (await import("./demo.ts")).runDemo(state, policy, report);
  else await (await import("./fault.ts")).runFault(state, policy, fault, report);
}

function finish({ fault }: Options, report: ReturnType<typeof createReport>): number {
  for (const failure of report.failures) process.stderr.write(`not as expected: ${failure}\n`);
  const all = report.failures.length === 0;
  report.say(
    `\n${report.decisions} ${report.decisions === 1 ? "decision" : "decisions"}; ${all ? "every outcome as expected" : `${report.failures.length} ${report.failures.length === 1 ? "check is" : "checks are"} not as expected`}.`,
  );
  report.say(
    "Next: read apps/demo/src/tools.ts (a guarded tool), apps/demo/policy/support.yaml (its policy), docs/house-tour.md (the way of one call).",
  );
  if (!all) return 1;
  if (fault === undefined) return 0;
  report.say(`Exit code 4, because ${fault} is what --fault broke.`);
  return 4;
}

function exitCodeOf({ reason }: Refusal): number {
  if (reason === "policy_invalid") return 3;
  return reason === "configuration_invalid" || reason === "ledger_unavailable" ? 4 : 70;
}

/** The options, or the exit code with which there is nothing more to do. */
function readOptions(): Options | number {
  const usage = (problem: string): number => {
    process.stderr.write(`${problem}\n\n${HELP}`);
    return 2;
  };
  try {
    const { values } = parseArgs({
      options: {
        json: { type: "boolean", default: false },
        state: { type: "string", default: join(process.cwd(), ".watchword", "demo") },
        policy: { type: "string", default: fileURLToPath(new URL("../policy", import.meta.url)) },
        fault: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const fault = FAULTS.find((name) => name === values.fault);
    if (values.fault !== undefined && fault === undefined)
      return usage(`--fault: no such fault ${values.fault}; known: ${FAULTS.join(", ")}`);
    return { json: values.json, state: values.state, policy: values.policy, fault };
  } catch (error) {
    return usage(error instanceof Error ? error.message : "usage");
  }
}
