import {
  type Access,
  type AdapterContext,
  type Finding,
  Refusal,
  type SealedCredential,
} from "@watchword/core";
import { z } from "zod";
import { askToken } from "./access-token.ts";
import { readJira, unusable } from "./call-jira.ts";
import { canWrite } from "./client-credentials.ts";
import { RESOLVE_USER_AGENT } from "./jira-headers.ts";
import type { JiraSettings } from "./jira-options.ts";

const CHECK_MILLISECONDS = 5_000;

const Server = z.object({ baseUrl: z.string().max(512) });
const Held = z.object({ permissions: z.record(z.string(), z.object({ havePermission: z.boolean() })) });

/** Permissions that no operation of the catalogue needs. */
const WIDE = ["ADMINISTER", "ADMINISTER_PROJECTS", "DELETE_ISSUES"] as const;

/** Checks a connection without changing anything: each credential works on this site, and none is wider than its rung. */
export async function checkConnection(
  settings: JiraSettings,
  context: AdapterContext,
): Promise<readonly Finding[]> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(CHECK_MILLISECONDS)]);
  // A consent is one credential for both, and each look at it uses it up.
  const rungs: readonly Access[] = settings.consent === undefined ? ["read", "write"] : ["write"];
  const writes = settings.consent !== undefined || canWrite(context.connection.secret);
  const found = await Promise.all(
    rungs.map(async (access) =>
      access === "write" && !writes
        ? READ_ALONE
        : findings(() => checkRung(settings, context, access, signal)),
    ),
  );
  return found.flat();
}

const READ_ALONE: readonly Finding[] = [
  { severity: "ok", text: "there is no credential that writes; every write is refused" },
];

async function checkRung(
  settings: JiraSettings,
  context: AdapterContext,
  access: Access,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { token, scopes } = await askToken(settings, context, {
    access,
    userAgent: RESOLVE_USER_AGENT,
    signal,
  });
  const more = scopes.filter((scope) => !settings.scopes[access].includes(scope));
  return [
    more.length === 0
      ? { severity: "ok", text: `${access}: the credential has ${scopes.join(" ")} and nothing more` }
      : {
          severity: "error",
          text: `${access}: the credential has ${more.join(" ")} as well; every mint with it is refused. Make one with ${settings.scopes[access].join(" ")}`,
        },
    await siteFinding(settings, context, access, token, signal),
    ...(await permissionFindings(settings, context, access, token, signal)),
  ];
}

/** INVARIANT: the account is the site that answers by it, and where the connection names an address, the one of that address. */
async function siteFinding(
  settings: JiraSettings,
  context: AdapterContext,
  access: Access,
  token: SealedCredential,
  signal: AbortSignal,
): Promise<Finding> {
  const { account, settings: named } = context.connection;
  const body = await readJira(settings, context, { path: "/serverInfo", token, signal });
  const server = Server.safeParse(body);
  if (!server.success)
    return { severity: "error", text: `${access}: the credential does not reach site ${account}` };
  const { url } = named;
  if (url === undefined)
    return { severity: "ok", text: `${access}: site ${account} is ${server.data.baseUrl}` };
  return url === server.data.baseUrl
    ? { severity: "ok", text: `${access}: site ${account} is ${url}` }
    : {
        severity: "error",
        text: `${access}: site ${account} is ${server.data.baseUrl}, and the connection says another`,
      };
}

async function permissionFindings(
  settings: JiraSettings,
  context: AdapterContext,
  access: Access,
  token: SealedCredential,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const path = `/mypermissions?permissions=${WIDE.join(",")}`;
  const held = Held.safeParse(await readJira(settings, context, { path, token, signal }));
  if (!held.success) throw unusable("an answer that is not a list of permissions");
  return Object.entries(held.data.permissions)
    .filter(([, { havePermission }]) => havePermission)
    .map(([name]) => ({
      severity: "warning",
      text: `${access}: the account has ${name} somewhere, which no operation needs`,
    }));
}

/** A refusal is a finding of the check, not its failure. */
async function findings(check: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    return [{ severity: "error", text: Refusal.from(error, "downstream_unavailable").message }];
  }
}
