import {
  type Adapter,
  type AdapterConsent,
  Refusal,
  type SealedCredential,
  type ValueMap,
  isValueMap,
  numericDate,
  parseStrictJson,
} from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { openState } from "../oauth/begun-state.ts";
import { requestToken } from "../oauth/request-token.ts";
import { recordRefusal } from "../record-refusal.ts";
import { type ConnectedState, connectSystem } from "./connect-system.ts";
import {
  type BegunConsent,
  CONSENT,
  consentRedirectUri,
  consentRefused as refused,
} from "./consent-state.ts";
import { type ConsentTokens, readConsentTokens } from "./consent-tokens.ts";

/** What the system's redirect brings back (RFC 6749 section 4.1.2, RFC 9207). */
export interface ConsentResponse {
  readonly code?: string | undefined;
  readonly state?: string | undefined;
  readonly iss?: string | undefined;
  readonly error?: string | undefined;
}

/** Milliseconds that a system may take to say whose account it is. */
const ACCOUNT_MILLISECONDS = 10_000;

/**
 * A consent becomes a connection: open what was begun, spend it, redeem the code, compare the account, and on by the way of every
 * secret. Refusals of a state that nobody vouches for are counted, all others recorded.
 *
 * @throws Refusal `consent_refused`, and as `Tenants.connect`
 */
export async function finishConsent(
  context: BrokerContext,
  response: ConsentResponse,
): Promise<ConnectedState> {
  const begun = await openBegun(context, response.state);
  const { tenant, system, by, account, revision } = begun.about;
  let tokens: ConsentTokens;
  try {
    tokens = await redeem(context, begun, response);
  } catch (error) {
    throw await recordRefusal(context, Refusal.from(error, "internal"), {
      kind: "tenant",
      at: context.clock.now(),
      tenant,
      body: { outcome: "refused", system, about: "consent", reason: Refusal.from(error, "internal").reason },
      personal: { by },
    });
  }
  return connectSystem(
    context,
    { tenant, system, by },
    {
      account,
      secret: tokens.refreshToken,
      settings: settingsOf(begun),
      revision,
    },
  );
}

async function openBegun(context: BrokerContext, state: string | undefined): Promise<BegunConsent> {
  try {
    return await openState(context, CONSENT, state);
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    context.counted.note(refusal);
    throw refusal;
  }
}

async function redeem(
  context: BrokerContext,
  begun: BegunConsent,
  { code, iss, error }: ConsentResponse,
): Promise<ConsentTokens> {
  const consent = sameConsent(context.systems.get(begun.about.system), begun);
  const used = { issuer: CONSENT.name, jti: begun.id, expiresAt: begun.expiresAt };
  if (!(await context.store.spendToken(used, numericDate(context.clock))))
    throw refused("this consent was finished before");
  // RFC 9207 section 2.4: an answer of another authorization server is not taken to this one.
  if (consent.issuer !== undefined && iss !== consent.issuer)
    throw refused("the answer does not name the system's issuer");
  if (error !== undefined || code === undefined) throw refused("the consent was not given");
  const returned = { code, redirectUri: consentRedirectUri(context), verifier: begun.verifier };
  const tokens = readConsentTokens(await requestToken(context, consent, returned, refused), consent.scopes);
  // INVARIANT: whoever consented, it is the account that the operator named, or nothing.
  if ((await accountOf(context, consent, tokens.accessToken)) !== begun.about.account)
    throw refused("the consent is for another account");
  return tokens;
}

/** The system may have got another adapter meanwhile. */
function sameConsent(adapter: Adapter | undefined, begun: BegunConsent): AdapterConsent {
  if (adapter?.consent === undefined || adapter.name !== begun.about.adapter)
    throw refused("the system is not the one that it was begun for");
  return adapter.consent;
}

async function accountOf(
  context: BrokerContext,
  consent: AdapterConsent,
  accessToken: SealedCredential,
): Promise<string> {
  try {
    return await consent.accountOf(accessToken, {
      fetch: context.fetch,
      clock: context.clock,
      signal: AbortSignal.timeout(ACCOUNT_MILLISECONDS),
    });
  } catch {
    // Its text may quote the token.
    throw refused("the system does not say whose account it is");
  }
}

function settingsOf({ about: { settings } }: BegunConsent): ValueMap {
  const read: unknown = parseStrictJson(settings);
  if (isValueMap(read)) return read;
  throw refused("state is not one of this broker's");
}
