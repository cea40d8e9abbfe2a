import { type AdapterContext, Refusal, systemAnswer } from "@watchword/core";
import type { AwsSettings } from "./aws-options.ts";
import type { SessionCredentials } from "./aws-session.ts";
import { type XmlElement, readXml, textAt } from "./read-xml.ts";
import { encode, signRequest } from "./sign-request.ts";
import { explainCode } from "./sts-code.ts";

/** One call of the security token service. */
export interface StsCall {
  readonly action: "AssumeRoleWithWebIdentity" | "GetScopedCredentials";
  readonly parameters: Readonly<Record<string, string>>;
  /** Who signs; left out for a call that shows a token instead. */
  readonly session?: SessionCredentials;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/** What it answered, and when by its own clock. */
export interface StsAnswer {
  /** The `…Result` element. */
  readonly result: XmlElement;
  /** NumericDate. */
  readonly at: number;
}

const MAX_BODY_BYTES = 65_536;
const VERSION = "2011-06-15";

/**
 * Calls STS in the account's region: a form in, XML out. No redirect is followed, and no error carries a token, a key, a policy or
 * anything that AWS answered but its error code.
 *
 * @throws Refusal `downstream_refused` when AWS said no to this; `downstream_unavailable` when it said nothing usable, or later
 */
export async function callSts(
  settings: AwsSettings,
  { fetch, clock }: Pick<AdapterContext, "fetch" | "clock">,
  call: StsCall,
): Promise<StsAnswer> {
  const form = Object.entries({ Action: call.action, Version: VERSION, ...call.parameters });
  const request = {
    method: "POST",
    url: `${settings.endpoints.sts}/`,
    headers: {
      accept: "text/xml",
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      "user-agent": call.userAgent,
    },
    body: new TextEncoder().encode(form.map(([name, value]) => `${name}=${encode(value)}`).join("&")),
  };
  const scope = { region: settings.region, service: "sts", at: clock.now() };
  const { session, signal } = call;
  const sent = session === undefined ? request : signRequest(request, session, scope);
  const response = await answer.send(fetch, request.url, {
    method: sent.method,
    headers: { ...sent.headers },
    body: request.body,
    signal,
  });
  const { status } = response;
  if (status === 0 || (status >= 300 && status < 400)) throw redirected(status, response);
  const text = new TextDecoder().decode(await answer.bytes(response));
  const document = readXml(text);
  const result = document?.children.find(({ name }) => name === `${call.action}Result`);
  const date = Date.parse(response.headers.get("date") ?? "");
  if (status === 200 && result !== undefined)
    return { result, at: Math.floor((Number.isNaN(date) ? clock.now() : date) / 1_000) };
  const code = document?.name === "ErrorResponse" ? textAt(document, "Error", "Code") : undefined;
  if (status < 400 || status >= 500 || code === undefined || !/^[A-Za-z.]{1,64}$/.test(code))
    throw unusable(`HTTP ${status} to ${call.action}`);
  throw explainCode(call.action, code);
}

/** The refusal for an answer that cannot be used. */
export const unusable = (what: string): Refusal =>
  new Refusal("downstream_unavailable", { detail: `aws: ${what}` });

function redirected(status: number, response: Response): Refusal {
  void response.body?.cancel().catch(() => undefined);
  return new Refusal("downstream_refused", {
    detail: `aws: a redirect (HTTP ${status}), which is never followed; next: check region and baseUrl`,
    failedFact: "credential",
  });
}

const answer = systemAnswer({ maxBytes: MAX_BODY_BYTES, unusable });
