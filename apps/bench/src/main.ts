import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Effort } from "./frame/compare.ts";
import { benchReport, currentLoad, unequal } from "./report/bench-report.ts";
import { resultText } from "./report/table.ts";
import type { Scenario, ScenarioResult } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

const HELP = `npm run bench [-- options]

Compares by CPU per operation, within rounds; nothing leaves this machine.
  --only <name>     one scenario: ${SCENARIOS.map(({ name }) => name).join(", ")}
  --rounds <n>      rounds of each comparison (default 9)
  --quick           few rounds of few operations: shows that it works, not what it costs
  --json <file>     writes the report there, too
  --help            this text

Exit codes: 0 done, and every count that must be equal is · 1 a count differs · 2 usage · 70 a fault of ours
`;

const FULL: Effort = { rounds: 9, operations: 400, warmUp: 400, milliseconds: 60_000 };
const QUICK: Effort = { rounds: 3, operations: 60, warmUp: 30, milliseconds: 10_000 };

interface Options {
  readonly scenarios: readonly Scenario[];
  readonly effort: Effort;
  readonly quick: boolean;
  readonly json: string | undefined;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === "number") return options;
  const run = { date: new Date(), load: currentLoad(), quick: options.quick };
  const results: { name: string; result: ScenarioResult }[] = [];
  for (const scenario of options.scenarios) {
    const directory = await mkdtemp(join(tmpdir(), "watchword-bench-"));
    try {
      const progress = (text: string): void => void process.stderr.write(`${scenario.name}: ${text}\n`);
      const { effort, quick } = options;
      const result = await scenario.run({ effort, directory, quick, progress });
      process.stdout.write(resultText(scenario, result));
      results.push({ name: scenario.name, result });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  if (options.json !== undefined)
    await writeFile(options.json, `${JSON.stringify(benchReport(results, run), undefined, 2)}\n`);
  const differing = results.flatMap(({ result }) => unequal(result.counts));
  for (const name of differing) process.stderr.write(`not equal: ${name}\n`);
  return differing.length === 0 ? 0 : 1;
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
        only: { type: "string" },
        rounds: { type: "string" },
        quick: { type: "boolean", default: false },
        json: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const scenarios = SCENARIOS.filter(({ name }) => values.only === undefined || values.only === name);
    if (scenarios.length === 0) return usage(`--only: no such scenario ${values.only}`);
    const effort = values.quick ? QUICK : FULL;
    const rounds = Number(values.rounds ?? effort.rounds);
    if (!Number.isSafeInteger(rounds) || rounds < 1) return usage("--rounds: a number from 1 on");
    return { scenarios, effort: { ...effort, rounds }, quick: values.quick, json: values.json };
  } catch (error) {
    return usage(error instanceof Error ? error.message : "usage");
  }
}
