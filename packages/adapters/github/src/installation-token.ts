import { type AdapterContext, type RevocationOutcome, SealedCredential } from "@watchword/core";
import { z } from "zod";
import { signAppToken } from "./app-token.ts";
import { callGithub, refusedAnswer, unusable } from "./call-github.ts";
import { bearer } from "./github-headers.ts";
import type { GithubSettings } from "./github-options.ts";
import { requireInstallation } from "./installations.ts";
import type { Permissions } from "./route.ts";

const NumericId = z.int().min(1);
const Answer = z.object({
  token: z.string().min(1).max(8_192),
  expires_at: z.iso.datetime({ offset: true }),
  permissions: z.record(z.string(), z.string()),
  repository_selection: z.string().default("all"),
  repositories: z
    .array(
      z.object({
        id: NumericId,
        full_name: z.string().max(256),
        default_branch: z.string().max(256).optional(),
        owner: z.object({ id: NumericId, login: z.string().max(128) }),
      }),
    )
    .default([]),
});
const Issued = z.object({ token: z.string().min(1).max(8_192) });

/** What a new token is asked to reach: one repository, by id or by name, and no permission that is not named. */
export interface TokenWish {
  /** Whose installation gives it. */
  readonly owner: string;
  readonly repository: { readonly id: number } | { readonly name: string };
  readonly permissions: Permissions;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/** A token, and what GitHub says that it reaches. */
export interface InstallationToken {
  readonly token: SealedCredential;
  /** NumericDate. */
  readonly expiresAt: number;
  readonly permissions: Readonly<Record<string, string>>;
  readonly selection: string;
  readonly repositories: z.output<typeof Answer>["repositories"];
}

/**
 * Asks for an installation token. The body always names one repository and every permission: an empty one would give all
 * that the installation has.
 *
 * @throws Refusal `downstream_refused` (401, 403, 404, 422: nothing was given), `downstream_unavailable`,
 * `configuration_invalid`
 */
export async function askToken(
  settings: GithubSettings,
  context: AdapterContext,
  wish: TokenWish,
): Promise<InstallationToken> {
  const installation = requireInstallation(context.connection, wish.owner);
  const app = await signAppToken(settings, context.connection, context.clock);
  const { status, body } = await callGithub(settings, context.fetch, {
    method: "POST",
    path: `/app/installations/${installation}/access_tokens`,
    authorization: `Bearer ${app}`,
    userAgent: wish.userAgent,
    body: {
      ...("id" in wish.repository
        ? { repository_ids: [wish.repository.id] }
        : { repositories: [wish.repository.name] }),
      permissions: wish.permissions,
    },
    signal: wish.signal,
  });
  if (status !== 201) throw mintRefusal(status, settings, installation, wish);
  const parsed = Answer.safeParse(body);
  if (parsed.success) {
    const { token, expires_at, permissions, repository_selection, repositories } = parsed.data;
    return {
      token: new SealedCredential(token),
      expiresAt: Math.floor(Date.parse(expires_at) / 1000),
      permissions,
      selection: repository_selection,
      repositories,
    };
  }
  // Whatever it is good for, nobody gets a token whose answer is not understood.
  const issued = Issued.safeParse(body);
  if (issued.success)
    await endToken(settings, context, new SealedCredential(issued.data.token), wish.userAgent, wish.signal);
  throw unusable("an answer that is not an installation token");
}

/** Ends a token by itself. Never throws: what became of it is the answer. */
export async function endToken(
  settings: GithubSettings,
  context: AdapterContext,
  token: SealedCredential,
  userAgent: string,
  signal: AbortSignal,
): Promise<RevocationOutcome> {
  try {
    const { status } = await callGithub(settings, context.fetch, {
      method: "DELETE",
      path: "/installation/token",
      authorization: bearer(token),
      userAgent,
      signal,
    });
    if (status === 204) return "revoked";
    return status === 401 ? "already_dead" : "unknown";
  } catch {
    return "unknown";
  }
}

function mintRefusal(status: number, settings: GithubSettings, installation: string, wish: TokenWish) {
  const asked = Object.entries(wish.permissions)
    .map(([name, level]) => `${name}: ${level}`)
    .join(", ");
  if (status === 401)
    return refusedAnswer(
      status,
      `a private key of App ${settings.appId}`,
      "a key that GitHub does not accept for it",
      "check appId, the connection's key and this machine's clock",
    );
  if (status === 404)
    return refusedAnswer(
      status,
      `installation ${installation} of App ${settings.appId}`,
      "no such installation",
      "correct settings.installation",
    );
  if (status === 422 || status === 403)
    return refusedAnswer(
      status,
      `installation ${installation} with ${asked} on the repository`,
      "an installation that is suspended, or without one of them, or without the repository",
      "grant them in the installation's settings at GitHub",
    );
  return unusable(`HTTP ${status} to a token request`);
}
