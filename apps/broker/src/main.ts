import { runProgram } from "@watchword/cli";

/**
 * `watchword serve` by the configuration that the first argument or `WATCHWORD_CONFIG` names; with `gateway` as first
 * argument, `watchword gateway` by the one that the second argument names.
 */
const [first, second] = process.argv.slice(2);
const words =
  first === "gateway"
    ? ["gateway", "--config", second ?? "/etc/watchword/gateway.config.yaml"]
    : [
        "serve",
        "--config",
        first ?? process.env["WATCHWORD_CONFIG"] ?? "/etc/watchword/watchword.config.yaml",
      ];

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
  await runProgram([...words, "--json"], {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    signal: interrupted.signal,
  }),
);
