import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a person at the terminal, or a program behind a pipe, gets of one `npm run demo`. */
export interface DemoRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the demo as its npm script does, in a process of its own. */
export async function runDemo(
  options: readonly string[],
  nodeOptions: readonly string[] = [],
): Promise<DemoRun> {
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    ["--conditions=@watchword/source", ...nodeOptions, main, ...options],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}
