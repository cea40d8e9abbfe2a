import {
  type AdapterContext,
  type Finding,
  Refusal,
  type SealedCredential,
  numericDate,
  readCompactJws,
} from "@watchword/core";
import { askToken } from "./bound-token.ts";
import type { Caller } from "./call-kubernetes.ts";
import { RESOLVE_USER_AGENT } from "./kubernetes-headers.ts";
import type { KubernetesSettings } from "./kubernetes-options.ts";
import { ownNamespace } from "./own-namespace.ts";
import { identitiesOf, ownToken } from "./own-token.ts";
import { type HeldRights, isHeld, reviewRights, widerThan } from "./review-rights.ts";
import { rightText } from "./right.ts";
import { ROUTES, type Route } from "./routes.ts";
import { serviceAccountOf } from "./service-account.ts";
import { type ThrowawaySecret, endSecret, makeSecret } from "./throwaway-secret.ts";

const CHECK_MILLISECONDS = 10_000;
/** Days before its end that a connection's token is worth a warning. */
const SOON_DAYS = 7;
/** Namespaces in which somebody may have bound an account by mistake. Others are not looked at. */
const ELSEWHERE = ["default", "kube-system"] as const;

interface Check {
  readonly settings: KubernetesSettings;
  readonly context: AdapterContext;
  /** The broker itself. */
  readonly own: Caller;
  readonly namespace: string;
  readonly identities: string;
}

/**
 * Checks a connection as a mint uses it, with one throw-away Secret that is gone afterwards: each operation's service account may
 * do exactly that operation in the tenant's namespace, and the broker's own account no more than end what it makes.
 */
export async function checkConnection(
  settings: KubernetesSettings,
  context: AdapterContext,
): Promise<readonly Finding[]> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(CHECK_MILLISECONDS)]);
  try {
    const check: Check = {
      settings,
      context,
      own: { token: await ownToken(settings, context), signal, userAgent: RESOLVE_USER_AGENT },
      namespace: ownNamespace({}, context.connection.account),
      identities: identitiesOf(context),
    };
    const secret = await makeSecret(settings, context, check.identities, check.own);
    try {
      const found = await Promise.all(ROUTES.map((route) => checkAccount(check, secret, route)));
      return [...(await checkBroker(check)), ...summary(found), ...found.flatMap(({ findings }) => findings)];
    } finally {
      await endSecret(settings, context, secret, check.own);
    }
  } catch (error) {
    return [{ severity: "error", text: Refusal.from(error, "downstream_unavailable").message }];
  }
}

/** A token that ends takes the connection with it, and one that never ends is there for whoever finds it. */
function tokenEnds({ connection, clock }: AdapterContext): Finding[] {
  const ends = connection.secret.open(endOf);
  if (ends === undefined)
    return [
      {
        severity: "warning",
        text: "the connection's token names no end; federation, or one that ends, is safer",
      },
    ];
  const days = Math.floor((ends - numericDate(clock)) / 86_400);
  if (days >= SOON_DAYS) return [];
  return [
    { severity: "warning", text: `the connection's token ends within ${days + 1} days; connect another` },
  ];
}

function endOf(token: string): number | undefined {
  try {
    const { exp } = readCompactJws(token).claims;
    return typeof exp === "number" ? exp : undefined;
  } catch {
    return undefined;
  }
}

interface AccountFound {
  readonly route: Route;
  readonly usable: boolean;
  readonly findings: readonly Finding[];
}

async function checkAccount(check: Check, secret: ThrowawaySecret, route: Route): Promise<AccountFound> {
  const { settings, context, own, namespace, identities } = check;
  const serviceAccount = serviceAccountOf(settings, route.operation);
  let token: SealedCredential;
  try {
    ({ token } = await askToken(settings, context, { serviceAccount, secret }, own));
  } catch (error) {
    // Not set up is a choice: what needs it is refused.
    if (Refusal.is(error) && error.reason === "downstream_refused")
      return { route, usable: false, findings: [] };
    throw error;
  }
  const account = `service account ${identities}/${serviceAccount}`;
  const held = await reviewRights(settings, context, namespace, { ...own, token });
  const beyond = widerThan(held, route.right);
  const lacking: Finding[] =
    beyond.length > 0 || hasSome(held, route)
      ? []
      : [
          {
            severity: "error",
            text: `${account} may not ${rightText(route.right)} in namespace ${namespace}`,
          },
        ];
  const others = await Promise.all(
    [identities, ...ELSEWHERE.filter((other) => other !== namespace)].map(async (other) => {
      const there = await reviewRights(settings, context, other, { ...own, token });
      return tooWide(account, other, widerThan(there, undefined));
    }),
  );
  const findings = [...lacking, ...tooWide(account, namespace, beyond), ...others.flat()];
  return { route, usable: findings.length === 0, findings };
}

/** On all objects or on some by name, as the role has it. */
const hasSome = (held: HeldRights, { right }: Route): boolean =>
  isHeld(held, right, undefined) || held.byName.some((some) => rightText(some) === rightText(right));

function tooWide(account: string, namespace: string, rights: readonly string[]): readonly Finding[] {
  if (rights.length === 0) return [];
  return [
    { severity: "error", text: `${account} may also, in namespace ${namespace}: ${rights.join("; ")}` },
  ];
}

/** What the broker itself may do: make and delete Secrets and tokens where the identities are, and nothing where the tenant is. */
async function checkBroker({
  settings,
  context,
  own,
  namespace,
  identities,
}: Check): Promise<readonly Finding[]> {
  const [there, here] = await Promise.all(
    [identities, namespace].map((place) => reviewRights(settings, context, place, own)),
  );
  const needed: ReadonlySet<string> = new Set(["create secrets", "delete secrets"]);
  const beyond = (there === undefined ? [] : widerThan(there, undefined)).filter(
    (text) => !needed.has(text) && !text.startsWith("create serviceaccounts/token named "),
  );
  const inside = here === undefined ? [] : widerThan(here, undefined);
  const warning = (place: string, rights: readonly string[]): Finding[] =>
    rights.length === 0
      ? []
      : [
          {
            severity: "warning",
            text: `the broker's own account is wider than it needs, in namespace ${place}: ${rights.join("; ")}`,
          },
        ];
  return [
    { severity: "ok", text: `the broker's account makes and ends tokens in namespace ${identities}` },
    ...(settings.federation === undefined ? tokenEnds(context) : []),
    ...warning(identities, beyond),
    ...warning(namespace, inside),
  ];
}

function summary(found: readonly AccountFound[]): readonly Finding[] {
  const usable = found.filter((one) => one.usable);
  const absent = found.filter((one) => !one.usable && one.findings.length === 0);
  if (absent.length === found.length)
    return [
      {
        severity: "error",
        text: "no operation has a service account; apply the manifests of this adapter's README",
      },
    ];
  const ok: Finding = {
    severity: "ok",
    text: `${usable.length} of ${found.length} operations have a service account of their own`,
  };
  if (absent.length === 0) return [ok];
  const names = absent.map(({ route }) => route.operation).join(", ");
  return [ok, { severity: "warning", text: `no service account for ${names}; they are refused` }];
}
