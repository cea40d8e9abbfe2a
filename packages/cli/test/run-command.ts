import { type ExitCode, runProgram } from "@watchword/cli";

/** What a command line wrote, and how it ended. */
export interface CommandRun {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process. */
export async function runCommand(...words: readonly string[]): Promise<CommandRun> {
  let out = "";
  let err = "";
  const code = await runProgram(words, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    signal: new AbortController().signal,
  });
  return { code, out, err };
}
