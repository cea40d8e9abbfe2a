import { Refusal } from "@watchword/core";

/** The refusal that `attempt` ends with; anything else fails the test. */
export async function refusalOf(attempt: () => unknown): Promise<Refusal> {
  try {
    await attempt();
  } catch (error) {
    if (Refusal.is(error)) return error;
    throw error;
  }
  throw new Error("expected a refusal");
}
