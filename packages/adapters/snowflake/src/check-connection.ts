import { type AdapterContext, type Finding, Refusal, parseStrictJson } from "@watchword/core";
import { z } from "zod";
import { type SnowflakeAnswer, callSnowflake, unusable } from "./call-snowflake.ts";
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

/**
 * Checks a connection by a token for each of its roles: the account takes it, is the right one, and gives that role, no other beside it, and
 * none that a token does not name.
 */
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
  const { connection } = context;
  const { account } = connection;
  if (!AccountName.safeParse(account).success)
    return [
      { severity: "error", text: "the account is no account identifier in lower case: myorg-myaccount" },
    ];
  const writes = settings.statements.some(({ entry }) => entry.access === "write");
  const places = (writes ? (["read", "write"] as const) : (["read"] as const)).map(
    (access) => factsOf(settings, connection, access).values["place"] as Place,
  );
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(CHECK_MILLISECONDS)]);
  const rows: CheckRow[] = [];
  for (const place of places) {
    const answer = await askWho(settings, context, { scope: place.role, place, signal });
    if (answer.status !== 200) throw notTaken(answer.status, account, place.role);
    const row = Row.safeParse(answer.body);
    if (!row.success) throw unusable("an answer that is not the check's row");
    rows.push(row.data.data[0]);
  }
  const [first] = places;
  // A role that everybody has and the token does not name: an account that gives it would give any.
  const beyond =
    first === undefined
      ? undefined
      : await askWho(settings, context, {
          scope: first.role,
          place: { ...first, role: "PUBLIC" },
          signal,
        });
  const roles = places.map(({ role }) => role);
  return [...rows.flatMap((row, index) => rowFindings(account, roles, index, row)), anyRole(beyond?.status)];
}

/** Where a statement runs. */
interface Place extends Readonly<Record<string, string>> {
  readonly role: string;
}

/** One question, by a token for `scope`. */
interface Question {
  readonly scope: string;
  readonly place: Place;
  readonly signal: AbortSignal;
}

async function askWho(
  settings: SnowflakeSettings,
  { connection: { account }, fetch, federationToken }: AdapterContext,
  { scope, place, signal }: Question,
): Promise<SnowflakeAnswer> {
  if (federationToken === undefined) throw withoutIssuer();
  return callSnowflake(fetch, {
    url: `${settings.baseUrl ?? audienceOf(account)}/api/v2/statements`,
    token: await federationToken(audienceOf(account), { scp: [scopeOf(scope)] }),
    body: { statement: CHECK_STATEMENT, timeout: 5, ...place, parameters: { multi_statement_count: 1 } },
    signal,
  });
}

function notTaken(status: number, account: string, role: string): Refusal {
  return new Refusal("downstream_refused", {
    detail: `snowflake answered HTTP ${status}; required: an integration that trusts this issuer, for audience ${audienceOf(account)} and a user whose login name is the token's sub with role ${role}; held: none of that, or not all; next: the setup in the README`,
    failedFact: "credential",
  });
}

function anyRole(status: number | undefined): Finding {
  return status === 200
    ? {
        severity: "error",
        text: "the account gives roles that a token does not name: EXTERNAL_OAUTH_ANY_ROLE_MODE = 'DISABLE'",
      }
    : { severity: "ok", text: "the account gives no role that a token does not name" };
}

type CheckRow = z.infer<typeof Row>["data"][0];

function rowFindings(
  account: string,
  roles: readonly string[],
  index: number,
  [organization, name, locator, current, secondary, available]: CheckRow,
): readonly Finding[] {
  const role = roles[index] ?? "";
  // In a host an underscore is a dash.
  const names = [`${organization ?? ""}-${name}`.toLowerCase().replaceAll("_", "-"), locator.toLowerCase()];
  const [named = ""] = account.split(".");
  const extra = namesIn(available).filter((each) => !roles.includes(each) && each !== "PUBLIC");
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
  if (index === 0 && extra.length > 0)
    list.push({
      severity: "warning",
      text: `the user has roles that no statement needs (${extra.length} more), which are reserve for whoever could sign`,
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
