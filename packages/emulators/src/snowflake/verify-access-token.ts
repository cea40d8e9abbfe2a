import { type Clock, Refusal, numericDate, readCompactJws } from "@watchword/core";
import type { TwinJwk } from "../oauth/twin-options.ts";
import { verifyJwt } from "../oauth/verify-jwt.ts";
import { SnowflakeProblem } from "./snowflake-problem.ts";
import type { AccountSeed, UserSeed } from "./twin-options.ts";

/** Whom a token speaks for, in which account, and the roles that it lets a session have. */
export interface TwinSession {
  readonly account: string;
  readonly seed: AccountSeed;
  readonly user: UserSeed;
  readonly scopes: readonly string[];
}

const ADMINISTRATORS: readonly string[] = ["ACCOUNTADMIN", "ORGADMIN", "GLOBALORGADMIN", "SECURITYADMIN"];

/**
 * The session of an External OAuth token: signed by a key of the integration's issuer, for this account, in time, and of a user whose
 * login name is its `sub`.
 *
 * @throws SnowflakeProblem 401, which does not repeat what was presented
 */
export async function verifyAccessToken(
  accounts: Readonly<Record<string, AccountSeed>>,
  token: string,
  clock: Clock,
): Promise<TwinSession> {
  const claims = claimsOf(token);
  for (const [account, seed] of Object.entries(accounts)) {
    const { issuer, audience = `https://${account}.snowflakecomputing.com` } = seed.integration;
    // One address stands for the hosts of all accounts, so that whose host it would be the audience says.
    if (claims["iss"] !== issuer || claims["aud"] !== audience) continue;
    await checkSignature(seed, token);
    checkTimes(claims, numericDate(clock));
    const login = claims["sub"];
    const user =
      typeof login === "string" && Object.hasOwn(seed.users, login) ? seed.users[login] : undefined;
    if (user === undefined || user.disabled === true) throw invalidToken();
    return { account, seed, user, scopes: textsOf(claims["scp"]) };
  }
  throw invalidToken();
}

/**
 * The role of a session: what was asked for, or the user's default, if the token names it and the user has it.
 *
 * @throws SnowflakeProblem 401
 */
export function roleOf({ seed, user, scopes }: TwinSession, asked: string | undefined): string {
  const role = asked ?? user.roles[0] ?? "PUBLIC";
  const { blockedRoles = ADMINISTRATORS, anyRole = false } = seed.integration;
  const named = anyRole || scopes.includes(`session:role:${role}`);
  const held = role === "PUBLIC" || user.roles.includes(role);
  if (named && held && !blockedRoles.includes(role)) return role;
  throw new SnowflakeProblem(
    401,
    "390317",
    `The role requested in the connection, or the default role if none was requested in the connection ('${role}'), is not listed in the Access Token or was filtered. Please specify another role, or contact your OAuth Authorization server administrator.`,
  );
}

const invalidToken = (): SnowflakeProblem =>
  new SnowflakeProblem(401, "390303", "Invalid OAuth access token. [01b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d]");

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    return readCompactJws(token).claims;
  } catch (error) {
    if (Refusal.is(error)) throw invalidToken();
    throw error;
  }
}

async function checkSignature(seed: AccountSeed, token: string): Promise<void> {
  const { keys = [] } = (await seed.integration.keys()) as { keys?: readonly TwinJwk[] };
  // Each key of the set has an id: one without would be tried for every token.
  const jws = verifyJwt(
    token,
    keys.filter(({ kid }) => kid !== undefined),
  );
  if (jws?.header.kid === undefined || jws.header.typ !== "JWT") throw invalidToken();
}

function checkTimes({ iat, nbf, exp }: Readonly<Record<string, unknown>>, now: number): void {
  if (typeof iat !== "number" || iat > now || (typeof nbf === "number" && nbf > now)) throw invalidToken();
  if (typeof exp !== "number") throw invalidToken();
  if (exp <= now)
    throw new SnowflakeProblem(
      401,
      "390318",
      "OAuth access token expired. [01b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5e]",
    );
}

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
