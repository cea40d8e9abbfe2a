import { Refusal } from "@watchword/core";

/** The refusal that an attempt ends with; anything else is an error of the test. */
export async function refusalOf(attempt: Promise<unknown>): Promise<Refusal> {
  const outcome = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!Refusal.is(outcome)) throw new Error("expected a refusal", { cause: outcome });
  return outcome;
}
