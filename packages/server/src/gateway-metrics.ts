import { type LeaseDirectory, REASONS, type Reason } from "@watchword/core";
import { metricsRegistry } from "./metrics-registry.ts";

/** What a gateway in a process of its own counts. No method takes an id that becomes more than a count. */
export interface GatewayMetrics {
  refused(system: string | undefined, reason: Reason): void;
  /** The same leases; how long each question to the broker took is counted. */
  measured(leases: LeaseDirectory): LeaseDirectory;
  /** In the text format of Prometheus. */
  text(): string;
}

const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const QUESTIONS = ["open", "claim", "refuse", "settle", "standing"] as const;

/** Makes the metrics of a gateway for these systems: their names are the only ones in a label. */
export function gatewayMetrics(
  systems: readonly string[],
  now: () => number = () => performance.now() / 1_000,
): GatewayMetrics {
  const registry = metricsRegistry();
  const refusals = registry.counter(
    "watchword_gateway_refusals_total",
    "Requests that the gateway refused, by reason; system none: before a lease was open.",
    { system: [...systems, "none"], reason: Object.keys(REASONS) },
  );
  const questions = registry.histogram(
    "watchword_gateway_broker_seconds",
    "Duration of a question to the broker about a lease, refusals included.",
    { question: QUESTIONS },
    BOUNDS,
  );
  const timed = async <Answer>(
    question: (typeof QUESTIONS)[number],
    ask: () => Promise<Answer>,
  ): Promise<Answer> => {
    const begun = now();
    try {
      return await ask();
    } finally {
      questions.observe({ question }, now() - begun);
    }
  };
  return Object.freeze<GatewayMetrics>({
    refused: (system = "none", reason) => refusals.add({ system, reason }),
    measured: (leases) =>
      Object.freeze<LeaseDirectory>({
        open: (handle, proof) => timed("open", () => leases.open(handle, proof)),
        claimUse: (lease, request, proof) => timed("claim", () => leases.claimUse(lease, request, proof)),
        refuse: (lease, reason, detail) => timed("refuse", () => leases.refuse(lease, reason, detail)),
        settle: (lease, use, outcome) => timed("settle", () => leases.settle(lease, use, outcome)),
        standing: (lease) => timed("standing", async () => (await leases.standing?.(lease)) ?? 0),
      }),
    text: () => registry.text(),
  });
}
