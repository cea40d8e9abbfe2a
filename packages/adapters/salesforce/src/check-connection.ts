import { type AdapterContext, type Finding, Refusal, numericDate } from "@watchword/core";
import { type AccessToken, askToken, endToken } from "./access-token.ts";
import { type DescribedObject, describeObject } from "./describe-object.ts";
import { holdsEverything } from "./holds-everything.ts";
import { checkToken } from "./mint-token.ts";
import type { ObjectDeclaration } from "./salesforce-declaration.ts";
import type { SalesforceSettings } from "./salesforce-options.ts";

const CHECK_MILLISECONDS = 10_000;
const END_MILLISECONDS = 2_000;

/**
 * Checks a connection without changing anything: a token of the right org, that ends by itself; the declared objects and fields are
 * there; and what its user may do beyond them. The token is ended.
 */
export async function checkConnection(
  settings: SalesforceSettings,
  context: AdapterContext,
): Promise<readonly Finding[]> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(CHECK_MILLISECONDS)]);
  try {
    const given = await askToken(settings, context, signal);
    try {
      return [
        ...tokenFindings(settings, context, given),
        ...(await objectFindings(settings, context, given, signal)),
        await powerFinding(settings, context, given, signal),
      ];
    } finally {
      await endToken(settings, context, given.token, AbortSignal.timeout(END_MILLISECONDS));
    }
  } catch (error) {
    return [refused(error)];
  }
}

function tokenFindings(
  settings: SalesforceSettings,
  context: AdapterContext,
  given: AccessToken,
): readonly Finding[] {
  const life = checkToken(settings, context, given) - numericDate(context.clock);
  const more = given.scopes.filter((scope) => !settings.scopes.includes(scope));
  const beside = given.scopes.filter((scope) => scope !== "api" && settings.scopes.includes(scope));
  const longer = life > settings.tokenMinutes * 60 + 30;
  return [
    { severity: "ok", text: `the org is ${given.organization}, the user ${given.user}` },
    more.length === 0
      ? { severity: "ok", text: `the token's scopes are ${given.scopes.join(", ")}` }
      : { severity: "error", text: `the app gives scopes that are not declared: ${more.join(", ")}` },
    ...beside.map((scope): Finding => ({
      severity: "warning",
      text: `the scope ${scope} is not needed for records`,
    })),
    longer
      ? {
          severity: "error",
          text: `the token lives ${life} seconds, longer than ${settings.tokenMinutes} minutes`,
        }
      : { severity: "ok", text: `the token ends by itself within ${settings.tokenMinutes} minutes` },
  ];
}

async function objectFindings(
  settings: SalesforceSettings,
  context: AdapterContext,
  given: AccessToken,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const declared of Object.values(settings.objects)) {
    try {
      const found = await describeObject(settings, context, {
        token: given.token,
        object: declared.object,
        signal,
      });
      findings.push(...(found === undefined ? [invisible(declared)] : compare(declared, found)));
    } catch (error) {
      findings.push(refused(error));
    }
  }
  return findings;
}

const invisible = ({ object }: ObjectDeclaration): Finding => ({
  severity: "error",
  text: `there is no ${object}, or the user cannot see it`,
});

function compare(declared: ObjectDeclaration, found: DescribedObject): readonly Finding[] {
  const { object, fields, keyPrefix } = declared;
  const findings: Finding[] = [];
  const error = (text: string): void => void findings.push({ severity: "error", text });
  const warning = (text: string): void => void findings.push({ severity: "warning", text });
  if (keyPrefix !== undefined && found.keyPrefix !== keyPrefix)
    error(`ids of ${object} do not begin with ${keyPrefix}`);
  // INVARIANT: an amount is in the declared currency, so no record may have one of its own.
  if (found.fields.has("CurrencyIsoCode") && Object.values(fields).some(({ type }) => type === "money"))
    error(
      `records of ${object} have currencies of their own, so that its amounts are in none that is declared`,
    );
  const needed = [...Object.keys(fields), ...(declared.decision === undefined ? [] : [declared.decision])];
  const missing = needed.filter((name) => !found.fields.has(name));
  if (missing.length > 0) error(`${object} has no fields ${missing.join(", ")}, or the user cannot see them`);
  for (const [verb, may] of POWERS) {
    const wanted = declared[verb] !== undefined;
    if (wanted && !found[may])
      warning(`the user may not ${verb} records of ${object}; what needs it is refused`);
    if (!wanted && found[may])
      warning(`the user may ${verb} records of ${object}, and no operation needs it`);
  }
  return findings.some(({ severity }) => severity === "error")
    ? findings
    : [{ severity: "ok", text: `${object} is there with the declared fields` }, ...findings];
}

const POWERS = [
  ["create", "createable"],
  ["update", "updateable"],
  ["delete", "deletable"],
] as const;

async function powerFinding(
  settings: SalesforceSettings,
  context: AdapterContext,
  given: AccessToken,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    const everything = await holdsEverything(settings, context, {
      token: given.token,
      user: given.user,
      signal,
    });
    if (everything === undefined)
      return {
        severity: "warning",
        text: "whether the user may view or modify all data, it may not see itself; look in Setup",
      };
    return everything
      ? {
          severity: "warning",
          text: "the user may view or modify all data; give it a permission set with what agents need",
        }
      : { severity: "ok", text: "the user may neither view nor modify all data" };
  } catch (error) {
    return refused(error);
  }
}

/** A refusal is a finding of the check, not its failure. */
const refused = (error: unknown): Finding => ({
  severity: "error",
  text: Refusal.from(error, "downstream_unavailable").message,
});
