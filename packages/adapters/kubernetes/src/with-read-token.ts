import type { AdapterContext } from "@watchword/core";
import { askToken } from "./bound-token.ts";
import type { Caller } from "./call-kubernetes.ts";
import { RESOLVE_USER_AGENT } from "./kubernetes-headers.ts";
import type { KubernetesSettings } from "./kubernetes-options.ts";
import { identitiesOf, ownToken } from "./own-token.ts";
import { serviceAccountOf } from "./service-account.ts";
import { endSecret, makeSecret } from "./throwaway-secret.ts";

const END_MILLISECONDS = 1_000;

/**
 * Looks something up with a token of its own, of the service account of a read: ended before this returns, also after a failure.
 * It is never the agent's token, and the agent never sees this one.
 *
 * @throws Refusal `downstream_refused`, `downstream_unavailable`, `configuration_invalid`
 */
export async function withReadToken<Result>(
  settings: KubernetesSettings,
  context: AdapterContext,
  about: { readonly operation: string; readonly milliseconds: number },
  use: (reader: Caller) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(about.milliseconds)]);
  const own = { token: await ownToken(settings, context), signal, userAgent: RESOLVE_USER_AGENT };
  const secret = await makeSecret(settings, context, identitiesOf(context), own);
  try {
    const serviceAccount = serviceAccountOf(settings, about.operation);
    const { token } = await askToken(settings, context, { serviceAccount, secret }, own);
    return await use({ ...own, token });
  } finally {
    // It can only read, and only this call holds it: that it could not be ended is no reason to lose the answer. Its end has a time
    // of its own, since the look-up may have taken all of the other.
    await endSecret(settings, context, secret, { ...own, signal: AbortSignal.timeout(END_MILLISECONDS) });
  }
}
