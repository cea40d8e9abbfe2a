import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { type BrokerClient, Refusal, money, system } from "@watchword/core";
import { localKeySource } from "@watchword/identity/local-key";
import { type Runtime, type Schedule, bind, createRuntime, guard, httpBroker } from "@watchword/middleware";
import { ISSUER } from "./world.ts";

/** The runtime of these tests: it lives in a process that survives, and is told where the broker is by now. */
export interface CrashAgent {
  readonly runtime: Runtime;
  readonly broker: BrokerClient;
  moveTo(url: string): void;
  /** Runs the heartbeat that waits, as its timer would. */
  beat(): void;
  /** Why ends and renewals failed, in order. */
  readonly failures: string[];
}

interface RefundArguments {
  readonly charge: string;
  readonly cents?: number;
  /** The tool waits for it between getting its credential and using it. */
  readonly when?: Promise<unknown>;
  readonly leased?: () => void;
}

const payments = system("payments", stripeCatalogue);

export const refund = guard(
  {
    name: "refund",
    execute: async ({ charge, cents, when, leased }: RefundArguments, { credential }): Promise<string> => {
      leased?.();
      await when;
      const body = new URLSearchParams({ charge, ...(cents === undefined ? {} : { amount: `${cents}` }) });
      const response = await credential.fetch("https://api.stripe.com/v1/refunds", { method: "POST", body });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return ((await response.json()) as { id: string }).id;
    },
  },
  bind(payments.refundsCreate, ({ charge, cents }: RefundArguments) => ({
    charge,
    ...(cents === undefined ? {} : { amount: money(cents, "minor") }),
  })),
);

/** Stands for the broker's address, wherever that is at the moment. */
const SOMEWHERE = "http://127.0.0.1:1";

export async function crashAgent(directory: string, url: string): Promise<CrashAgent> {
  let place = url;
  const broker = httpBroker({
    issuer: ISSUER,
    url: SOMEWHERE,
    fetch: (input, init) => fetch(new Request(input, init).url.replace(SOMEWHERE, place), init),
  });
  const source = await localKeySource({
    directory: `${directory}/workload`,
    subject: "support-runtime",
    audience: ISSUER,
  });
  const failures: string[] = [];
  const fail = (error: unknown): void => void failures.push(Refusal.from(error, "internal").reason);
  let beat: () => void = () => undefined;
  const schedule: Schedule = (fn) => {
    beat = fn;
    return () => (beat = () => undefined);
  };
  return {
    runtime: createRuntime({
      broker,
      workload: () => source.token(),
      agent: "support@3",
      schedule,
      onEndFailure: fail,
      onRenewFailure: fail,
    }),
    broker,
    moveTo: (moved) => void (place = moved),
    beat: () => beat(),
    failures,
  };
}

/** How a guarded tool ended: the refund's id, or why there is none. */
export function outcomeOf(result: Awaited<ReturnType<typeof refund.execute>>): string {
  return typeof result === "string" ? "refunded" : result.reason;
}
