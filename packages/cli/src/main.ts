#!/usr/bin/env node
import { runProgram } from "./run-program.ts";

const interrupted = new AbortController();
let interruptions = 0;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // Whoever asks a second time does not want to wait for what is under way.
    if (++interruptions > 1) process.exit(130);
    interrupted.abort();
  });
}

process.exitCode = await runProgram(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  signal: interrupted.signal,
});
