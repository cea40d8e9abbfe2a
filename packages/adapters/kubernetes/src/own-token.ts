import { type AdapterContext, Refusal, type SealedCredential } from "@watchword/core";
import type { KubernetesSettings } from "./kubernetes-options.ts";
import { Label } from "./names.ts";

/**
 * What the broker itself shows to the API server: a minute's token of its federation issuer, or the connection's secret.
 *
 * @throws Refusal `configuration_invalid` without a federation issuer
 */
export async function ownToken(
  settings: KubernetesSettings,
  context: AdapterContext,
): Promise<SealedCredential> {
  if (settings.federation === undefined) return context.connection.secret;
  if (context.federationToken === undefined)
    throw new Refusal("configuration_invalid", {
      detail:
        "kubernetes: federation needs an issuer; next: configure federation, or leave it out and connect a token",
      failedFact: "credential",
    });
  return context.federationToken(settings.federation.audience);
}

/**
 * The namespace of a tenant's service accounts and throw-away Secrets, in which nothing else is.
 *
 * @throws Refusal `configuration_invalid`
 */
export function identitiesOf({ connection }: AdapterContext): string {
  const { identities = `${connection.account}-watchword` } = connection.settings;
  const parsed = Label.safeParse(identities);
  if (parsed.success && parsed.data !== connection.account) return parsed.data;
  throw new Refusal("configuration_invalid", {
    // Whoever may make and delete Secrets where the tenant's own are could do more than end tokens.
    detail:
      "kubernetes: settings.identities must be a namespace of its own, not the tenant's; next: correct the connection",
    failedFact: "credential",
  });
}
