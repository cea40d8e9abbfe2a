import { randomUUID } from "node:crypto";
import type { Clock } from "@watchword/core";
import { SnowflakeProblem } from "./snowflake-problem.ts";
import type { ApiAnswer, ApiRequest } from "./sql-api.ts";
import type { SnowflakeTwinOptions } from "./twin-options.ts";
import { roleOf, verifyAccessToken } from "./verify-access-token.ts";

/**
 * What a driver does first: it trades an access token for a session of its own protocol. Refusals are HTTP 200 with `success: false`, as
 * Snowflake gives them there. `undefined`: the request is no driver's. Statements of that protocol the twin does not know.
 */
export async function driverLogin(
  { accounts }: SnowflakeTwinOptions,
  request: ApiRequest,
  clock: Clock,
): Promise<ApiAnswer | undefined> {
  if (request.method !== "POST") return undefined;
  if (request.path === "/session")
    return {
      status: 200,
      body: { data: null, code: null, message: null, success: true },
      seen: { kind: "resolve" },
    };
  if (request.path !== "/session/v1/login-request") return undefined;
  try {
    const { data } = JSON.parse(request.body) as { data?: Readonly<Record<string, unknown>> };
    const token = data?.["TOKEN"];
    if (data?.["AUTHENTICATOR"] !== "OAUTH" || typeof token !== "string")
      throw new SnowflakeProblem(200, "390100", "Incorrect username or password was specified.");
    const session = await verifyAccessToken(accounts, token, clock);
    const roleName = roleOf(session, request.query.get("roleName") ?? undefined);
    return {
      status: 200,
      body: loginAnswer(session.user.name, roleName),
      seen: { kind: "login", account: session.account, user: session.user.name, role: roleName },
    };
  } catch (error) {
    if (!(error instanceof SnowflakeProblem)) throw error;
    const { code, message } = error;
    return {
      status: 200,
      body: { data: { authnMethod: "OAUTH" }, code, message, success: false, headers: null },
      seen: { kind: "refused", code },
    };
  }
}

function loginAnswer(user: string, roleName: string): object {
  return {
    data: {
      masterToken: `twin-master-${randomUUID()}`,
      token: `twin-session-${randomUUID()}`,
      validityInSeconds: 3_600,
      masterValidityInSeconds: 14_400,
      displayUserName: user,
      serverVersion: "9.0.0",
      firstLogin: false,
      healthCheckInterval: 45,
      sessionId: 1,
      parameters: [],
      sessionInfo: { databaseName: null, schemaName: null, warehouseName: null, roleName },
    },
    code: null,
    message: null,
    success: true,
  };
}
