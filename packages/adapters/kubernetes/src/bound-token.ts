import { type AdapterContext, SealedCredential, numericDate } from "@watchword/core";
import { z } from "zod";
import { type Caller, callKubernetes, refusedAnswer, unusable } from "./call-kubernetes.ts";
import type { KubernetesSettings } from "./kubernetes-options.ts";
import type { ThrowawaySecret } from "./throwaway-secret.ts";
import { tokenClaims } from "./token-binding.ts";

/** The shortest life that the API server gives. */
export const LIFE_SECONDS = 600;
/** For clocks that differ. */
const SKEW_SECONDS = 60;

const Answer = z.object({
  kind: z.literal("TokenRequest"),
  spec: z.object({
    audiences: z.array(z.string()),
    boundObjectRef: z.object({ kind: z.string(), name: z.string(), uid: z.string() }),
  }),
  status: z.object({
    token: z.string().min(1).max(16_384),
    expirationTimestamp: z.iso.datetime({ offset: true }),
  }),
});

/** A token, and when the API server itself ends it. */
export interface BoundToken {
  readonly token: SealedCredential;
  /** NumericDate. */
  readonly expiresAt: number;
}

/** What a token is asked for. */
export interface TokenWish {
  readonly serviceAccount: string;
  /** Its uid is named, so that no other object of the name will do. */
  readonly secret: ThrowawaySecret;
}

/**
 * Asks for a token of a service account, bound to a Secret and good for one audience. Answer and token must both say what was
 * asked: account, audience, Secret by uid, and ten minutes at most. The caller ends the Secret when this throws.
 *
 * @throws Refusal `downstream_refused` (nothing was given), `downstream_unavailable`
 */
export async function askToken(
  settings: KubernetesSettings,
  context: AdapterContext,
  { serviceAccount, secret }: TokenWish,
  caller: Caller,
): Promise<BoundToken> {
  const { namespace, name, uid } = secret;
  const { status, body } = await callKubernetes(settings, context.fetch, {
    ...caller,
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`,
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {
        audiences: [settings.audience],
        expirationSeconds: LIFE_SECONDS,
        boundObjectRef: { apiVersion: "v1", kind: "Secret", name, uid },
      },
    },
  });
  if (status !== 201) throw tokenRefusal(status, namespace, serviceAccount);
  const parsed = Answer.safeParse(body);
  if (!parsed.success) throw unusable("an answer that is not a token");
  const { spec, status: given } = parsed.data;
  const token = new SealedCredential(given.token);
  const claims = tokenClaims(token);
  if (claims === undefined) throw unusable("a token that is not one of a service account");
  const held = claims["kubernetes.io"];
  const told = Math.floor(Date.parse(given.expirationTimestamp) / 1000);
  const now = numericDate(context.clock);
  // INVARIANT: bound by uid to the Secret that this call made, or it could not be ended.
  if (held.secret?.uid !== uid || held.secret.name !== name || spec.boundObjectRef.uid !== uid)
    throw unusable("a token that is not bound to its Secret");
  if (!isExactly(claims.aud, settings.audience) || !isExactly(spec.audiences, settings.audience))
    throw unusable("a token for another audience");
  if (
    claims.sub !== `system:serviceaccount:${namespace}:${serviceAccount}` ||
    held.namespace !== namespace ||
    held.serviceaccount.name !== serviceAccount
  )
    throw unusable("a token of another service account");
  if (Math.abs(claims.exp - told) > 1 || claims.exp <= now || claims.exp > now + LIFE_SECONDS + SKEW_SECONDS)
    throw unusable("a token that lives for another time; next: compare this machine's clock");
  return { token, expiresAt: claims.exp };
}

const isExactly = (held: readonly string[], one: string): boolean => held.length === 1 && held[0] === one;

function tokenRefusal(status: number, namespace: string, serviceAccount: string) {
  const account = `service account ${namespace}/${serviceAccount}`;
  const held =
    status === 401
      ? "a token that the API server does not accept"
      : status === 404
        ? "no such service account"
        : status === 409
          ? "a Secret that was replaced meanwhile"
          : "an account without leave to create serviceaccounts/token of that name";
  return refusedAnswer(
    status,
    `${account}, and leave to create its tokens`,
    held,
    "apply the manifests of this adapter's README",
  );
}
