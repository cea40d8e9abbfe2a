import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type CellCalls, callCell } from "./call-cell.ts";
import type { CellProgram } from "./code-of.ts";
import { conditionsOf } from "./conditions-of.ts";

/** A process of this machine that runs one program. */
export interface ProcessCell extends CellCalls, AsyncDisposable {
  /** What it has said on its standard error. */
  errors(): string;
}

const KEPT_ERRORS = 65_536;

/** A network of its own with nothing in it, and no other process to be seen; the files of this machine stay visible. */
const UNSHARE = [
  "unshare",
  "--user",
  "--map-root-user",
  "--net",
  "--pid",
  "--fork",
  "--mount-proc",
  "--kill-child",
] as const;

/**
 * Starts a program without a container: `process` in a process of its own, `netns` in one without a network. Its environment is
 * empty in both.
 *
 * @throws Error when it cannot be started
 */
export async function spawnCell(
  isolation: "process" | "netns",
  { url, words }: CellProgram,
): Promise<ProcessCell> {
  const node = [process.execPath, ...conditionsOf(process.execArgv), fileURLToPath(url), ...words];
  const [command, ...args] = isolation === "netns" ? [...UNSHARE, ...node] : node;
  const child = spawn(command ?? "", args, { stdio: ["pipe", "pipe", "pipe"], env: {}, cwd: "/" });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (said = (said + chunk).slice(-KEPT_ERRORS)));
  await once(child, "spawn");
  const ended = once(child, "close");
  return {
    ...callCell(child.stdin, child.stdout, () => said || "it said nothing"),
    errors: () => said,
    [Symbol.asyncDispose]: async () => {
      end(child);
      await ended;
    },
  };
}

/** Why a network namespace cannot be had here; `null` when it can. */
export function whyNoNetns(): string | null {
  if (process.platform !== "linux") return `there are none on ${process.platform}`;
  const [command, ...args] = UNSHARE;
  const { status, stderr, error } = spawnSync(command, [...args, process.execPath, "--version"], {
    encoding: "utf8",
  });
  if (status === 0) return null;
  return error?.message ?? (stderr.trim().split("\n")[0] || `unshare ended with ${status ?? "a signal"}`);
}

function end(child: ChildProcess): void {
  child.stdin?.end();
  child.kill("SIGKILL");
}
