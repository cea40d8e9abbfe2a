import { randomBytes } from "node:crypto";
import { GithubProblem, badCredentials, notAccessible } from "./github-problem.ts";
import type { Level, Permissions } from "./twin-options.ts";

const LEVELS: readonly (Level | undefined)[] = [undefined, "read", "write", "admin"];
const LIFE_MILLISECONDS = 3_600_000;

/** What one token may do. */
export interface TokenGrant {
  readonly appId: number;
  /** `undefined` for the token of a workflow job. */
  readonly installation: number | undefined;
  readonly repositories: readonly number[];
  readonly permissions: Permissions;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The tokens that are alive. Nothing but the twin's memory holds them. */
export class InstallationTokens {
  readonly #alive = new Map<string, TokenGrant>();

  /** Gives out a token of one hour. */
  issue(grant: Omit<TokenGrant, "expiresAt">, now: number): { token: string; grant: TokenGrant } {
    const issued = { ...grant, expiresAt: now + LIFE_MILLISECONDS };
    const token = `ghs_${grant.appId}_${randomBytes(180).toString("base64url")}`;
    this.#alive.set(token, issued);
    return { token, grant: issued };
  }

  /** @throws GithubProblem 401 */
  authenticate(token: string, now: number): TokenGrant {
    const grant = this.#alive.get(token);
    if (grant === undefined || grant.expiresAt <= now) throw badCredentials();
    return grant;
  }

  end(token: string): void {
    this.#alive.delete(token);
  }

  /** What is alive, without the tokens. */
  alive(now: number): readonly TokenGrant[] {
    return [...this.#alive.values()].filter((grant) => grant.expiresAt > now);
  }
}

/** Whether `held` allows what `wanted` does. */
function allows(held: Permissions, name: string, wanted: Level): boolean {
  const level = Object.hasOwn(held, name) ? held[name] : undefined;
  return LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
}

/** @throws GithubProblem 403 unless one of the alternatives is held */
export function requirePermission(
  held: Permissions,
  ...alternatives: readonly (readonly [name: string, level: Level])[]
): void {
  if (!alternatives.some(([name, level]) => allows(held, name, level))) throw notAccessible();
}

/**
 * The permissions of a new token: those asked for, or all when none are named, always with `metadata`.
 *
 * @throws GithubProblem 422 for more than the installation holds
 */
export function narrowPermissions(held: Permissions, asked: unknown): Permissions {
  if (asked === undefined) return { ...held, metadata: "read" };
  if (typeof asked !== "object" || asked === null || Array.isArray(asked)) throw notGranted();
  const narrowed: Record<string, Level> = {};
  for (const [name, level] of Object.entries(asked as Record<string, unknown>)) {
    if (level !== "read" && level !== "write" && level !== "admin") throw notGranted();
    if (name !== "metadata" && !allows(held, name, level)) throw notGranted();
    narrowed[name] = level;
  }
  return { ...narrowed, metadata: "read" };
}

const notGranted = (): GithubProblem =>
  new GithubProblem(422, "The permissions requested are not granted to this installation.");
