import { styleText } from "node:util";

/** One decision, as a line for people and as an object for programs. */
export interface DecisionLine {
  readonly step: number;
  readonly agent: string;
  readonly tenant: string;
  readonly tool: string;
  readonly outcome: "allow" | "deny" | "wait";
  readonly reason: string | null;
  readonly decision_id: string | null;
  readonly lease_seconds: number | null;
  readonly residual: string | null;
}

/** Writes the demo's story: to people on stdout, or one JSON object per decision on stdout and nothing else. */
export interface Report {
  say(text: string): void;
  heading(step: number, text: string): void;
  decision(line: DecisionLine, note?: string): void;
  /** Notes whether something is as expected; the demo's exit code is made of these. */
  expect(holds: boolean, text: string): void;
  readonly failures: readonly string[];
  readonly decisions: number;
}

const WORDS = { allow: "ALLOW", deny: "DENY ", wait: "WAIT " } as const;
const COLORS = { allow: "green", deny: "red", wait: "yellow" } as const;

export function createReport(json: boolean): Report {
  const failures: string[] = [];
  const residuals = new Map<string, number>();
  let decisions = 0;
  const started = performance.now();
  const print = (text: string): void => void (json || process.stdout.write(`${text}\n`));
  return {
    failures,
    get decisions() {
      return decisions;
    },
    say: print,
    heading: (step, text) => print(`\n${styleText("bold", `${step}`)}  ${text}`),
    decision: (line, note) => {
      decisions++;
      if (json) return void process.stdout.write(`${JSON.stringify(line)}\n`);
      const lease = line.lease_seconds === null ? "" : `  lease ${line.lease_seconds} s`;
      const reason = line.reason === null ? "" : `  ${line.reason}`;
      const at = `${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s`;
      print(
        `${at}  ${styleText(COLORS[line.outcome], WORDS[line.outcome])}  ${line.agent} for ${line.tenant} → ${line.tool}${reason}${lease}${note === undefined ? "" : `  (${note})`}`,
      );
      if (line.residual === null) return;
      const earlier = residuals.get(line.residual);
      residuals.set(line.residual, earlier ?? line.step);
      print(`               residual: ${earlier === undefined ? line.residual : `as in step ${earlier}`}`);
    },
    expect: (holds, text) => {
      if (!holds) failures.push(text);
      print(`         ${holds ? "✓" : styleText("red", "✗ NOT AS EXPECTED:")} ${text}`);
    },
  };
}
