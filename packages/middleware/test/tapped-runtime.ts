import { type TokenRequest, readCompactJws } from "@watchword/core";
import type { Runtime, RuntimeOptions, Schedule } from "../src/index.ts";
import type { FakeBroker, FakeBrokerOptions } from "../src/testing/index.ts";
import { fakeRuntime } from "./payments-tools.ts";

/** A runtime over a fake broker, with every request that went to its token endpoint. */
export function tappedRuntime(
  options: FakeBrokerOptions = {},
  more: Partial<RuntimeOptions> = {},
): { fake: FakeBroker; runtime: Runtime; asked: TokenRequest[] } {
  const asked: TokenRequest[] = [];
  const { fake } = fakeRuntime(options);
  const broker = {
    ...fake.client,
    token: (request: TokenRequest) => (asked.push(request), fake.client.token(request)),
  };
  const { runtime } = fakeRuntime({}, { broker, fetch: fake.fetch, ...more });
  return { fake, runtime, asked };
}

/** The key that a request proves itself with. */
export async function provedKey({ dpop }: TokenRequest): Promise<{ readonly [name: string]: unknown }> {
  const proof = typeof dpop === "function" ? await dpop() : dpop;
  const { jwk } = readCompactJws(proof, { allowJwk: true }).header;
  if (jwk === undefined) throw new Error("a proof without its key");
  return jwk;
}

/** A timer that a test lets go off. */
export interface TestTimer {
  readonly seconds: number;
  cancelled: boolean;
  fire(): void;
}

/** Time as the test says it: nothing waits, timers are kept. */
export function testSchedule(): {
  readonly timers: TestTimer[];
  readonly schedule: Schedule;
  /** Lets the newest timer go off; resolves once another one was set. */
  readonly next: () => Promise<void>;
} {
  const timers: TestTimer[] = [];
  let isSet = Promise.withResolvers<void>();
  return {
    timers,
    schedule: (fn, milliseconds) => {
      const timer: TestTimer = { seconds: milliseconds / 1_000, cancelled: false, fire: fn };
      timers.push(timer);
      isSet.resolve();
      return () => void (timer.cancelled = true);
    },
    next: () => {
      isSet = Promise.withResolvers<void>();
      timers.at(-1)?.fire();
      return isSet.promise;
    },
  };
}
