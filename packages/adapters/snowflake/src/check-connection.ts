import { type AdapterContext, type Finding, Refusal, parseStrictJson } from "@watchword/core";
import { z } from "zod";
import { callSnowflake, unusable } from "./call-snowflake.ts";
import { withoutIssuer } from "./mint-token.ts";
import { audienceOf, scopeOf } from "./plan-authority.ts";
import { factsOf } from "./resolve-facts.ts";
import { AccountName, type SnowflakeSettings } from "./snowflake-options.ts";

const CHECK_MILLISECONDS = 5_000;

/** Asks Snowflake who it takes us for; it computes nothing and changes nothing. */
const CHECK_STATEMENT =
  "SELECT CURRENT_ORGANIZATION_NAME(), CURRENT_ACCOUNT_NAME(), CURRENT_ACCOUNT(), CURRENT_ROLE(), CURRENT_SECONDARY_ROLES(), CURRENT_AVAILABLE_ROLES()";

const Row = z.object({
  data: z.tuple([
    z.tuple([z.string().nullable(), z.string(), z.string(), z.string(), z.string(), z.string()]),
  ]),
});
const Names = z.array(z.string());
const Secondary = z.object({ roles: z.string() });

/** Checks a connection by a token for the role that reads: the account takes it, is the right one, and gives no more than that role. */
export async function checkConnection(
  settings: SnowflakeSettings,
  context: AdapterContext,
): Promise<readonly Finding[]> {
  try {
    return await findings(settings, context);
  } catch (error) {
    // A refusal is a finding of the check, not its failure.
    return [{ severity: "error", text: Refusal.from(error, "downstream_unavailable").message }];
  }
}

async function findings(settings: SnowflakeSettings, context: AdapterContext): Promise<readonly Finding[]> {
  const { connection, federationToken } = context;
  const { account } = connection;
  if (!AccountName.safeParse(account).success)
    return [
      { severity: "error", text: "the account is no account identifier in lower case: myorg-myaccount" },
    ];
  const { place } = factsOf(settings, connection, "read").values as { place: Record<string, string> };
  const role = place["role"] ?? "";
  if (federationToken === undefined) throw withoutIssuer();
  const { status, body } = await callSnowflake(context.fetch, {
    url: `${settings.baseUrl ?? audienceOf(account)}/api/v2/statements`,
    token: await federationToken(audienceOf(account), { scp: [scopeOf(role)] }),
    body: { statement: CHECK_STATEMENT, timeout: 5, ...place, parameters: { multi_statement_count: 1 } },
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(CHECK_MILLISECONDS)]),
  });
  if (status !== 200)
    throw new Refusal("downstream_refused", {
      detail: `snowflake answered HTTP ${status}; required: an integration that trusts this issuer, for audience ${audienceOf(account)} and a user whose login name is the token's sub with role ${role}; held: none of that, or not all; next: the setup in the README`,
      failedFact: "credential",
    });
  const row = Row.safeParse(body);
  if (!row.success) throw unusable("an answer that is not the check's row");
  return rowFindings(account, role, row.data.data[0]);
}

type CheckRow = z.infer<typeof Row>["data"][0];

function rowFindings(
  account: string,
  role: string,
  [organization, name, locator, current, secondary, available]: CheckRow,
): readonly Finding[] {
  // In a host an underscore is a dash.
  const names = [`${organization ?? ""}-${name}`.toLowerCase().replaceAll("_", "-"), locator.toLowerCase()];
  const [named = ""] = account.split(".");
  const extra = namesIn(available).filter((each) => each !== role && each !== "PUBLIC");
  const list: Finding[] = [
    names.includes(named)
      ? { severity: "ok", text: `the account is ${account}` }
      : { severity: "error", text: "the account that answered is another one" },
    current === role
      ? { severity: "ok", text: `the session has role ${role}` }
      : { severity: "error", text: `the session has another role than ${role}` },
  ];
  if (secondaryOf(secondary) !== "")
    list.push({
      severity: "error",
      text: "secondary roles are active beside the token's one: ALTER USER … SET DEFAULT_SECONDARY_ROLES = ()",
    });
  if (extra.length > 1)
    list.push({
      severity: "warning",
      text: "the user has more roles than one that reads and one that writes; a token names one, and they are reserve for whoever could sign",
    });
  return list;
}

function namesIn(text: string): readonly string[] {
  const names = Names.safeParse(jsonOf(text));
  if (!names.success) throw unusable("an answer without the user's roles");
  return names.data;
}

function secondaryOf(text: string): string {
  const secondary = Secondary.safeParse(jsonOf(text));
  if (!secondary.success) throw unusable("an answer without the secondary roles");
  return secondary.data.roles;
}

function jsonOf(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch {
    return undefined;
  }
}
