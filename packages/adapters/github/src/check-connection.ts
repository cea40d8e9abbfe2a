import { type AdapterContext, type Finding, Refusal } from "@watchword/core";
import { z } from "zod";
import { signAppToken } from "./app-token.ts";
import { callGithub, refusedAnswer, unusable } from "./call-github.ts";
import { RESOLVE_USER_AGENT } from "./github-headers.ts";
import type { GithubSettings } from "./github-options.ts";
import { ownersOf, requireInstallation } from "./installations.ts";
import { ROUTES } from "./routes.ts";

const CHECK_MILLISECONDS = 5_000;
/** What only evidence is read with. */
const FOR_EVIDENCE: Readonly<Record<string, string>> = { actions: "read" };
const LEVELS: readonly (string | undefined)[] = [undefined, "read", "write", "admin"];

const App = z.object({ id: z.int(), slug: z.string().max(128).nullish() });
const Installation = z.object({
  account: z.object({ login: z.string().max(128) }),
  permissions: z.record(z.string(), z.string()),
  repository_selection: z.string(),
  suspended_at: z.string().nullish(),
});

/** Checks a connection without changing anything: the key is the App's, the installation the account's, nothing wider. */
export async function checkConnection(
  settings: GithubSettings,
  context: AdapterContext,
): Promise<readonly Finding[]> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(CHECK_MILLISECONDS)]);
  const read = async (path: string): Promise<unknown> => {
    const app = await signAppToken(settings, context.connection, context.clock);
    const { status, body } = await callGithub(settings, context.fetch, {
      method: "GET",
      path,
      authorization: `Bearer ${app}`,
      userAgent: RESOLVE_USER_AGENT,
      signal,
    });
    if (status === 200) return body;
    throw refusedAnswer(
      status,
      `App ${settings.appId} with the connection's key and installation`,
      status === 404 ? "no such installation of the App" : "a key that GitHub does not accept for the App",
      "check appId, the key and settings.installation",
    );
  };
  return [
    ...(await findings(async () => [appFinding(settings, await read("/app"))])),
    ...(
      await Promise.all(ownersOf(context.connection).map((owner) => installed(context, owner, read)))
    ).flat(),
  ];
}

/** What GitHub says of one owner's installation. */
function installed(
  { connection }: AdapterContext,
  owner: string,
  read: (path: string) => Promise<unknown>,
): Promise<readonly Finding[]> {
  return findings(async () =>
    installationFindings(await read(`/app/installations/${requireInstallation(connection, owner)}`), owner),
  );
}

function appFinding(settings: GithubSettings, body: unknown): Finding {
  const app = App.safeParse(body);
  if (!app.success) throw unusable("an answer that is not the App");
  if (/^\d+$/.test(settings.appId) && String(app.data.id) !== settings.appId)
    return { severity: "error", text: `the key is of App ${app.data.id}, not of ${settings.appId}` };
  return { severity: "ok", text: `the key is App ${app.data.id}'s` };
}

function installationFindings(body: unknown, account: string): readonly Finding[] {
  const parsed = Installation.safeParse(body);
  if (!parsed.success) throw unusable("an answer that is not the installation");
  const { data } = parsed;
  const findingsOf: Finding[] = [
    data.account.login === account
      ? { severity: "ok", text: `the installation is ${account}'s` }
      : {
          severity: "error",
          text: "the installation is another account's, or the account is spelled differently",
        },
  ];
  if (data.suspended_at != null)
    findingsOf.push({ severity: "error", text: "the installation is suspended" });
  if (data.repository_selection === "all")
    findingsOf.push({
      severity: "warning",
      text: "the App is installed on all repositories; select those that agents need",
    });
  return [...findingsOf, ...permissionFindings(data.permissions)];
}

function permissionFindings(held: Readonly<Record<string, string>>): readonly Finding[] {
  const needed = neededPermissions();
  const lacking = Object.entries(needed).filter(([name, level]) => !reaches(held[name], level));
  const wider = Object.entries(held).filter(([name, level]) => !reaches(needed[name], level));
  const usable = ROUTES.filter(({ permissions }) =>
    Object.entries(permissions).every(([name, level]) => name === "metadata" || reaches(held[name], level)),
  );
  return [
    usable.length > 1
      ? {
          severity: "ok",
          text: `the installation's permissions carry ${usable.length} of ${ROUTES.length} operations`,
        }
      : { severity: "error", text: "the installation's permissions carry no operation but repositories.get" },
    ...lacking.map(([name, level]): Finding => ({
      severity: "warning",
      text: `${name}: ${level} is not granted; what needs it is refused`,
    })),
    ...wider.map(([name, level]): Finding => ({
      severity: "warning",
      text: `${name}: ${level} is wider than any operation needs`,
    })),
  ];
}

function neededPermissions(): Record<string, string> {
  const needed: Record<string, string> = { ...FOR_EVIDENCE };
  for (const { permissions } of ROUTES)
    for (const [name, level] of Object.entries(permissions))
      if (!reaches(needed[name], level)) needed[name] = level;
  return needed;
}

const reaches = (held: string | undefined, level: string): boolean =>
  LEVELS.includes(level) && LEVELS.indexOf(held) >= LEVELS.indexOf(level);

/** A refusal is a finding of the check, not its failure. */
async function findings(check: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    return [{ severity: "error", text: Refusal.from(error, "downstream_unavailable").message }];
  }
}
