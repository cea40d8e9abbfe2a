import {
  type AdapterContext,
  type Authority,
  type Minted,
  type RevocationOutcome,
  type SealedCredential,
} from "@watchword/core";
import { LIFE_SECONDS, askToken } from "./bound-token.ts";
import { refusedAnswer } from "./call-kubernetes.ts";
import { USER_AGENT } from "./kubernetes-headers.ts";
import type { KubernetesSettings } from "./kubernetes-options.ts";
import { ownNamespace } from "./own-namespace.ts";
import { identitiesOf, ownToken } from "./own-token.ts";
import { isHeld, reviewRights, widerThan } from "./review-rights.ts";
import { rightText } from "./right.ts";
import { routeOf } from "./routes.ts";
import { serviceAccountOf } from "./service-account.ts";
import { endSecret, makeSecret } from "./throwaway-secret.ts";
import { tokenClaims } from "./token-binding.ts";

const MINT_MILLISECONDS = 10_000;
const END_MILLISECONDS = 5_000;

/**
 * Mints the token of one authority: a Secret that holds nothing, a token of the operation's service account that is bound to it,
 * and what that token may do, as the API server lists it to the token itself. What is granted is what was listed, never what was
 * asked, so that the broker's comparison sees an account that is too wide. Whatever fails, the Secret goes.
 *
 * @throws Refusal `tenant_mismatch`, `configuration_invalid` before anything is sent; `downstream_refused` when nothing
 * was given; `downstream_unavailable` when that is not known
 */
export async function mintToken(
  settings: KubernetesSettings,
  authority: Authority,
  context: AdapterContext,
): Promise<Minted> {
  const namespace = ownNamespace(authority.resource, context.connection.account);
  const identities = identitiesOf(context);
  const { right } = routeOf(authority.operation);
  const { name } = authority.arguments;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(MINT_MILLISECONDS)]);
  const own = { token: await ownToken(settings, context), signal, userAgent: USER_AGENT };
  const secret = await makeSecret(settings, context, identities, own);
  try {
    const serviceAccount = serviceAccountOf(settings, authority.operation);
    const { token, expiresAt } = await askToken(settings, context, { serviceAccount, secret }, own);
    const held = await reviewRights(settings, context, namespace, { ...own, token });
    const beyond = widerThan(held, right);
    // A wildcard holds the right without naming it; it is told to be wider, not to be absent.
    if (beyond.length === 0 && !isHeld(held, right, typeof name === "string" ? name : undefined))
      throw refusedAnswer(
        201,
        `${rightText(right)} in namespace ${namespace}, for service account ${identities}/${serviceAccount}`,
        "an account without it",
        "apply the manifests of this adapter's README, or name the object in its role",
      );
    return {
      credential: token,
      kind: "service-account-token",
      granted: {
        ...authority,
        native: {
          serviceAccount,
          audience: settings.audience,
          rights: [rightText(right), ...beyond],
        },
      },
      nativeExpiresAt: expiresAt,
    };
  } catch (error) {
    // Its end has a time of its own, since the mint may have taken all of the other.
    await endSecret(settings, context, secret, { ...own, signal: AbortSignal.timeout(END_MILLISECONDS) });
    throw error;
  }
}

/** Ends a token by the Secret that it says it is bound to. Never throws: what became of it is the answer. */
export async function revokeToken(
  settings: KubernetesSettings,
  credential: SealedCredential,
  context: AdapterContext,
): Promise<RevocationOutcome> {
  const claims = tokenClaims(credential)?.["kubernetes.io"];
  try {
    const identities = identitiesOf(context);
    if (claims?.secret === undefined || claims.namespace !== identities) return "unknown";
    const token = await ownToken(settings, context);
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(END_MILLISECONDS)]);
    const secret = { ...claims.secret, namespace: identities };
    return await endSecret(settings, context, secret, { token, signal, userAgent: USER_AGENT });
  } catch {
    return "unknown";
  }
}

/** Seconds that a token lives at most. */
export const TOKEN_SECONDS = LIFE_SECONDS;
