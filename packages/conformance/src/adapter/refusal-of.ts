import { Refusal } from "@watchword/core";

/**
 * The refusal that `attempt` ends with.
 *
 * @throws Error when it succeeds or fails with anything else.
 */
export async function refusalOf(attempt: () => unknown): Promise<Refusal> {
  let result: unknown;
  try {
    result = await attempt();
  } catch (error) {
    if (Refusal.is(error)) return error;
    throw new Error("expected a Refusal, got another error", { cause: error });
  }
  throw new Error(`expected a Refusal, got ${JSON.stringify(result)}`);
}
