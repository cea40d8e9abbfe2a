import {
  type Clock,
  type LeaseRecord,
  REASONS,
  type Reason,
  type RevocationOutcome,
  numericDate,
} from "@watchword/core";
import { metricsRegistry } from "./metrics-registry.ts";

/** Where something can be refused. `request`: before it was an exchange. */
export type RefusedAt = ExchangeName | "end_run" | "request";

/** The exchanges of the one endpoint. */
export type ExchangeName = "start" | "renew" | "delegate" | "act";

/** What a server counts of itself. No method takes an id that becomes more than a count. */
export interface ServerMetrics {
  exchanged(exchange: ExchangeName, outcome: "run" | "leased" | "refused" | "failed", seconds: number): void;
  refused(at: RefusedAt, reason: Reason): void;
  gatewayRefused(system: string | undefined, reason: Reason): void;
  leaseOpened(lease: Pick<LeaseRecord, "id" | "system" | "custody" | "expiresAt">): void;
  leaseEnded(id: string, system: string | undefined, outcome: RevocationOutcome): void;
  storeAsked(operation: "read" | "write", seconds: number): void;
  appendFailed(): void;
  /** In the text format of Prometheus. */
  text(): string;
  /** Seconds, from a clock that never goes back. */
  readonly now: () => number;
}

const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const EXCHANGES: readonly ExchangeName[] = ["start", "renew", "delegate", "act"];
const REVOCATIONS: readonly RevocationOutcome[] = [
  "revoked",
  "already_dead",
  "injected_only",
  "unsupported",
  "unknown",
];

/** Makes the metrics of a server with these systems: their names, from the configuration, are the only ones in a label. */
export function serverMetrics(
  systems: readonly string[],
  clock: Clock,
  now: () => number = () => performance.now() / 1_000,
): ServerMetrics {
  const registry = metricsRegistry();
  const reasons = Object.keys(REASONS);
  const exchanges = registry.counter("watchword_exchanges_total", "Exchanges answered.", {
    exchange: EXCHANGES,
    outcome: ["run", "leased", "refused", "failed"],
  });
  const durations = registry.histogram(
    "watchword_exchange_seconds",
    "Duration of an exchange, minting included.",
    { exchange: EXCHANGES },
    BOUNDS,
  );
  const refusals = registry.counter("watchword_refusals_total", "Refusals of the broker by reason.", {
    at: [...EXCHANGES, "end_run", "request"],
    reason: reasons,
  });
  const gatewayRefusals = registry.counter(
    "watchword_gateway_refusals_total",
    "Requests that the gateway refused, by reason; system none: before a lease was open.",
    { system: [...systems, "none"], reason: reasons },
  );
  const opened = registry.counter("watchword_leases_opened_total", "Leases opened by this process.", {
    system: systems,
    custody: ["gateway", "released"],
  });
  const revocations = registry.counter(
    "watchword_revocations_total",
    "Leases ended by this process, by what became of the credential.",
    { system: systems, outcome: REVOCATIONS },
  );
  const store = registry.histogram(
    "watchword_store_seconds",
    "Duration of a question to the store, or of a durable write.",
    { operation: ["read", "write"] },
    BOUNDS,
  );
  const failures = registry.counter(
    "watchword_ledger_append_failures_total",
    "Writes that the store could not make; nothing is minted on one.",
    {},
  );
  const leases = new Map<string, { readonly system: string; readonly expiresAt: number }>();
  registry.gauge(
    "watchword_leases_active",
    "Leases that this process opened and that are not over.",
    { system: systems },
    () => {
      forgetOver(leases, numericDate(clock));
      return systems.map(
        (system) =>
          [{ system }, [...leases.values()].filter((lease) => lease.system === system).length] as const,
      );
    },
  );
  return Object.freeze<ServerMetrics>({
    exchanged: (exchange, outcome, seconds) => {
      exchanges.add({ exchange, outcome });
      durations.observe({ exchange }, seconds);
    },
    refused: (at, reason) => refusals.add({ at, reason }),
    gatewayRefused: (system = "none", reason) => gatewayRefusals.add({ system, reason }),
    leaseOpened: ({ id, system, custody, expiresAt }) => {
      opened.add({ system, custody });
      leases.set(id, { system, expiresAt });
    },
    leaseEnded: (id, system, outcome) => {
      leases.delete(id);
      // Another replica's sweeper ends some of ours: they go when their time is over.
      if (leases.size > 1_000) forgetOver(leases, numericDate(clock));
      revocations.add({ system, outcome });
    },
    storeAsked: (operation, seconds) => store.observe({ operation }, seconds),
    appendFailed: () => failures.add({}),
    text: () => registry.text(),
    now,
  });
}

function forgetOver(leases: Map<string, { readonly expiresAt: number }>, now: number): void {
  for (const [id, { expiresAt }] of leases) if (expiresAt <= now) leases.delete(id);
}
