import {
  type AdapterConsent,
  type ConnectionRecord,
  Refusal,
  type ValueMap,
  canonicalJson,
  isValueMap,
} from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { authorizationUrl } from "../oauth/authorization-url.ts";
import { sealState } from "../oauth/begun-state.ts";
import { adapterOf } from "./check-connection.ts";
import { CONSENT, consentRedirectUri } from "./consent-state.ts";

/** For what a consent is asked. */
export interface ConsentRequest {
  /** The account that must come out of it. Left out: the one that is connected already. */
  readonly account?: string;
  /** Settings of the connection. Left out: those that it has already. */
  readonly settings?: ValueMap;
  /** Who asks; recorded with what comes of it. */
  readonly by: string;
}

/** Characters of what travels in an address. */
const MAX_SETTINGS = 1_024;
const MAX_NAME = 256;

/** Where a person goes to consent. @throws Refusal as `Tenants.beginConsent` has it */
export async function beginConsent(
  context: BrokerContext,
  tenant: string,
  system: string,
  request: ConsentRequest,
): Promise<string> {
  const adapter = adapterOf(context, system);
  const consent = consentOf(system, adapter.consent);
  const records = await context.store.connections(tenant);
  if (records === undefined)
    throw new Refusal("tenant_unknown", { detail: "no such tenant is registered", failedFact: "tenant" });
  const { state, challenge } = await sealState(context, CONSENT, {
    tenant,
    system,
    adapter: adapter.name,
    ...purposeOf(
      request,
      records.find((record) => record.system === system),
    ),
  });
  return authorizationUrl(consent, {
    redirectUri: consentRedirectUri(context),
    scopes: consent.scopes,
    state,
    challenge,
    ...(consent.parameters === undefined ? {} : { more: consent.parameters }),
  });
}

function consentOf(system: string, consent: AdapterConsent | undefined): AdapterConsent {
  if (consent !== undefined) return consent;
  throw wrong(`${system} needs no consent; its secret is put as it is`);
}

/** INVARIANT: the account is named before anybody consents, so that no other person's account can come out of it. */
function purposeOf(
  { account, settings, by }: ConsentRequest,
  before: ConnectionRecord | undefined,
): { account: string; settings: string; revision: number; by: string } {
  const named = account ?? before?.account;
  if (named === undefined) throw wrong("name the account that the person is to consent for");
  const kept = settings ?? before?.settings ?? {};
  if (!isValueMap(kept)) throw wrong("settings are texts, booleans and integers");
  const text = canonicalJson(kept);
  if (text.length > MAX_SETTINGS || named.length > MAX_NAME || by.length > MAX_NAME)
    throw wrong("account, settings and name are too long to travel in an address");
  return { account: named, settings: text, revision: before?.revision ?? 0, by };
}

function wrong(detail: string): Refusal {
  return new Refusal("configuration_invalid", { detail });
}
