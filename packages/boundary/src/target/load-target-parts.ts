import { PartsMissing } from "../world/parts-missing.ts";

/** What a captured agent needs against a deployed broker: the way there, and the keys of workloads. */
export type TargetParts = Awaited<ReturnType<typeof loadTargetParts>>;

/**
 * Loads them: peers, as everything that a world is made of.
 *
 * @throws PartsMissing naming what to install
 */
export async function loadTargetParts() {
  try {
    const [middleware, localKey] = await Promise.all([
      import("@watchword/middleware"),
      import("@watchword/identity/local-key"),
    ]);
    return { httpBroker: middleware.httpBroker, localKeySource: localKey.localKeySource };
  } catch (error) {
    throw new PartsMissing(
      "a deployed broker is asked over the middleware's client, with workload keys of the identities: npm install -D @watchword/middleware @watchword/identity",
      { cause: error },
    );
  }
}
