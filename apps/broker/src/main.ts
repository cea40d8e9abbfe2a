import { runProgram } from "@watchword/cli";

/** `watchword serve` by the configuration that the first argument or `WATCHWORD_CONFIG` names. */
const file = process.argv[2] ?? process.env["WATCHWORD_CONFIG"] ?? "/etc/watchword/watchword.config.yaml";

const interrupted = new AbortController();
let interruptions = 0;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // Whoever asks a second time does not want to wait for what is under way.
    if (++interruptions > 1) process.exit(130);
    interrupted.abort();
  });
}

// Exits by itself: what was cut while draining would keep the process.
process.exit(
  await runProgram(["serve", "--config", file, "--json"], {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    signal: interrupted.signal,
  }),
);
