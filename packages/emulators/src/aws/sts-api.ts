import type { AccountState, RoleState } from "./account-state.ts";
import type { StsMistake } from "./aws-failure.ts";
import { AwsProblem, accessDenied, validationError } from "./aws-problem.ts";
import { allows } from "./evaluate-policy.ts";
import type { ApiAnswer, ApiRequest } from "./http-exchange.ts";
import { parsePolicyText } from "./parse-policy.ts";
import type { HeldSession, Sessions } from "./sessions.ts";
import type { AwsTwinOptions } from "./twin-options.ts";
import { verifySignature } from "./verify-signature.ts";
import { verifyWebIdentity } from "./verify-web-identity.ts";
import { around, element } from "./xml-text.ts";

/** What STS works with. */
export interface StsContext {
  readonly options: Pick<AwsTwinOptions, "issuers" | "accounts">;
  readonly region: string;
  readonly state: AccountState;
  readonly sessions: Sessions;
  readonly now: number;
  readonly mistake: StsMistake | null;
}

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";
const MAX_POLICY = 2_048;
/** Letters of policy and tags that fit into a token; AWS packs them, and says only how much of it is used. */
const MAX_PACKED = 2_400;
const MAX_SCOPES = 3;

/** Answers a form sent to STS. @throws AwsProblem */
export async function answerSts(context: StsContext, request: ApiRequest): Promise<ApiAnswer> {
  const form = new URLSearchParams(request.body.toString());
  if (form.get("Version") !== "2011-06-15")
    throw new AwsProblem(400, "InvalidAction", "Could not find version");
  switch (form.get("Action") ?? "") {
    case "AssumeRoleWithWebIdentity":
      return assumeRole(context, form);
    case "GetScopedCredentials":
      return scopeSession(context, form, signer(context, request));
    case "GetCallerIdentity":
      return whoAmI(signer(context, request));
    default:
      throw new AwsProblem(400, "InvalidAction", "Could not find operation");
  }
}

async function assumeRole(context: StsContext, form: URLSearchParams): Promise<ApiAnswer> {
  const { options, state, sessions, now, mistake } = context;
  const name = form.get("RoleSessionName") ?? "";
  if (!/^[\w+=,.@-]{2,64}$/.test(name)) throw validationError("roleSessionName failed to satisfy constraint");
  const seconds = secondsOf(form, 900, 43_200) ?? 3_600;
  const policy = policyOf(form);
  const role = state.role(form.get("RoleArn") ?? "");
  const identity = await verifyWebIdentity(options, role?.seed, form.get("WebIdentityToken") ?? "", now);
  const { account, seed, policy: own } = role as RoleState;
  const packed = packedSize(policy.text, identity.tags);
  const issued = sessions.issue({
    name,
    arn: `arn:aws:sts::${account}:assumed-role/${seed.name}/${name}`,
    account,
    role: seed.name,
    expiresAt: wholeSeconds(now) + seconds * 1_000,
    sourceIdentity: identity.sourceIdentity,
    tags: identity.tags,
    scoped: 0,
    description: undefined,
    policies: [own, ...policy.statements],
  });
  return given("AssumeRoleWithWebIdentity", name, [
    element("SubjectFromWebIdentityToken", identity.subject),
    element("Audience", identity.audience),
    around("AssumedRoleUser", element("Arn", issued.arn), element("AssumedRoleId", `AROATWIN:${name}`)),
    credentials(issued),
    element("Provider", `arn:aws:iam::${account}:oidc-provider/${identity.issuer.replace("https://", "")}`),
    element("PackedPolicySize", packed),
    element("SourceIdentity", mistake === "nameless" ? undefined : identity.sourceIdentity),
  ]);
}

function scopeSession(context: StsContext, form: URLSearchParams, outer: HeldSession): ApiAnswer {
  const { options, sessions, now, mistake } = context;
  const action = "sts:GetScopedCredentials";
  if (!allows(outer.policies, { action, resource: "*", context: {} })) throw accessDenied(action);
  const seconds = secondsOf(form, 1, 129_600);
  const policy = policyOf(form);
  if (policy.text === undefined && seconds === undefined) throw validationError("Policy or DurationSeconds");
  const description = form.get("ScopedSessionDescription") ?? undefined;
  if ((description ?? "").length > 256) throw validationError("scopedSessionDescription");
  const end = seconds === undefined ? outer.expiresAt : wholeSeconds(now) + seconds * 1_000;
  if (end > outer.expiresAt)
    throw new AwsProblem(
      400,
      "InsufficientSessionLifetime",
      "The requested duration exceeds the calling session's.",
    );
  if (policy.text !== undefined && outer.scoped >= MAX_SCOPES) throw accessDenied(action);
  packedSize(policy.text, outer.tags);
  const narrows = policy.text !== undefined && mistake !== "unscoped";
  const issued =
    mistake === "same"
      ? outer
      : sessions.issue({
          ...outer,
          expiresAt: mistake === "longer" ? wholeSeconds(now) + 3_600_000 : end,
          scoped: outer.scoped + (narrows ? 1 : 0),
          description,
          policies: narrows ? [...outer.policies, ...policy.statements] : outer.policies,
        });
  const stranger = options.accounts.find(({ id }) => id !== outer.account)?.id ?? "999999999999";
  const arn = mistake === "other-account" ? outer.arn.replace(outer.account, stranger) : outer.arn;
  return given("GetScopedCredentials", outer.name, [
    credentials(issued),
    around("SessionInfo", element("ScopedSessionId", `AROATWIN:${outer.name}`), element("Arn", arn)),
    element("ScopedPoliciesCount", issued.scoped),
    element("SourceIdentity", outer.sourceIdentity),
  ]);
}

function whoAmI({ arn, account, name }: HeldSession): ApiAnswer {
  const result = [element("Arn", arn), element("UserId", `AROATWIN:${name}`), element("Account", account)];
  return answer("GetCallerIdentity", name, result);
}

const signer = ({ sessions, region, now }: StsContext, request: ApiRequest): HeldSession =>
  verifySignature(sessions, request, { region, service: "sts", now });

function policyOf(form: URLSearchParams) {
  const text = form.get("Policy") ?? undefined;
  if (text === undefined) return { text, statements: [] };
  if (text.length > MAX_POLICY) throw validationError("policy must have length less than or equal to 2048");
  return { text, statements: [parsePolicyText(text)] };
}

function secondsOf(form: URLSearchParams, least: number, most: number): number | undefined {
  const text = form.get("DurationSeconds");
  if (text === null) return undefined;
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds < least || seconds > most) throw validationError("durationSeconds");
  return seconds;
}

function packedSize(policy: string | undefined, tags: Readonly<Record<string, string>>): number {
  const size = (policy ?? "").length + Object.entries(tags).flat().join("").length;
  if (size > MAX_PACKED)
    throw new AwsProblem(
      400,
      "PackedPolicyTooLarge",
      "The total packed size of the session policies and session tags is too large.",
    );
  return Math.ceil((100 * size) / MAX_PACKED);
}

const wholeSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1_000) * 1_000;

const credentials = ({ accessKeyId, secretAccessKey, sessionToken, expiresAt }: HeldSession): string =>
  around(
    "Credentials",
    element("AccessKeyId", accessKeyId),
    element("SecretAccessKey", secretAccessKey),
    element("SessionToken", sessionToken),
    element("Expiration", new Date(expiresAt).toISOString().replace(".000", "")),
  );

const given = (action: string, session: string, result: readonly string[]): ApiAnswer => ({
  ...answer(action, session, result),
  changed: "mint",
});

function answer(action: string, session: string, result: readonly string[]): ApiAnswer {
  const metadata = around("ResponseMetadata", element("RequestId", "twin"));
  const content = around(`${action}Result`, ...result);
  return {
    status: 200,
    headers: { "content-type": "text/xml" },
    body: `<${action}Response xmlns="${NAMESPACE}">${content}${metadata}</${action}Response>`,
    action: `sts:${action}`,
    session,
  };
}

/** An error as STS writes it. */
export function stsError({ status, code, message }: AwsProblem): ApiAnswer {
  const error = around(
    "Error",
    element("Type", status < 500 ? "Sender" : "Receiver"),
    element("Code", code),
    element("Message", message),
  );
  return {
    status,
    headers: { "content-type": "text/xml" },
    body: `<ErrorResponse xmlns="${NAMESPACE}">${error}${element("RequestId", "twin")}</ErrorResponse>`,
    code,
  };
}
