import { type Reason, Refusal } from "@watchword/core";
import { expect } from "vitest";

/** What `act` threw, which must be a refusal for exactly this reason. */
export function expectRefusal(reason: Reason, act: () => unknown): Refusal {
  return refusalFor(reason, thrownBy(act));
}

/** The same for an answer that comes later. */
export async function expectRefusalOf(reason: Reason, answer: Promise<unknown>): Promise<Refusal> {
  return refusalFor(
    reason,
    await answer.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

function refusalFor(reason: Reason, thrown: unknown): Refusal {
  if (!Refusal.is(thrown))
    return expect.fail(`expected ${reason}, got ${thrown instanceof Error ? thrown.stack : "an answer"}`);
  expect(thrown.reason, thrown.message).toBe(reason);
  return thrown;
}
