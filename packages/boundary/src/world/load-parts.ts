import { loadTracing } from "./load-tracing.ts";
import { PartsMissing } from "./parts-missing.ts";

/** Broker, gateway and identities, as far as a world is made of them. */
export type WorldParts = Awaited<ReturnType<typeof loadParts>>;

/**
 * Loads broker, gateway and identities: peers, so that the harness tests the versions that a project runs.
 *
 * @throws PartsMissing naming what to install
 */
export async function loadParts() {
  try {
    const [broker, sqlite, gateway, localKey, oidc, actions, tracing] = await Promise.all([
      import("@watchword/broker"),
      import("@watchword/broker/sqlite"),
      import("@watchword/gateway"),
      import("@watchword/identity/local-key"),
      import("@watchword/identity/oidc"),
      import("@watchword/identity/github-actions"),
      loadTracing(),
    ]);
    return {
      createBroker: broker.createBroker,
      fileKeys: broker.fileKeys,
      sqlite: sqlite.sqlite,
      createGateway: gateway.createGateway,
      listen: gateway.listen,
      developmentIssuer: localKey.developmentIssuer,
      localKeySource: localKey.localKeySource,
      localKeyVerifier: localKey.localKeyVerifier,
      oidc: oidc.oidc,
      githubActions: actions.githubActions,
      tracing,
    };
  } catch (error) {
    throw new PartsMissing(
      "a world needs the broker, the gateway and the identities that are to be tested: npm install -D @watchword/broker @watchword/gateway @watchword/identity",
      { cause: error },
    );
  }
}
