import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Clock, GITHUB_ACTIONS_ISSUER, type IdentityVerifier, parseStrictJson } from "@watchword/core";
import { type KeySource, createVerifier } from "@watchword/identity";
import { type GithubActionsOptions, githubActions } from "@watchword/identity/github-actions";
import { localKeyVerifier } from "@watchword/identity/local-key";
import { type OidcOptions, oidc } from "@watchword/identity/oidc";
import type { ConfigurationDocument, GithubActionsDocument, OidcDocument } from "./configuration-document.ts";
import { ConfigurationInvalid } from "./configuration-problem.ts";
import { fetchedKeys } from "./fetched-keys.ts";
import type { Configuration } from "./load-configuration.ts";

/** What verifiers are made with. */
export interface VerifierParts {
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly onFetchFailure: (url: string) => void;
}

type Fail = (path: readonly PropertyKey[], message: string) => ConfigurationInvalid;

/**
 * Makes the verifier of one entry under `verifiers:`.
 *
 * @throws ConfigurationInvalid at the entry
 */
export async function makeVerifier(
  parts: VerifierParts,
  entry: ConfigurationDocument["verifiers"][number],
  index: number,
): Promise<IdentityVerifier> {
  if ("verify" in entry) return entry;
  const { configuration, clock } = parts;
  const fail: Fail = (path, message) =>
    new ConfigurationInvalid([
      configuration.problem(
        ["verifiers", index, ...path],
        `${["verifiers", index, ...path].join(".")}: ${message}`,
      ),
    ]);
  if (entry.oidc !== undefined) return makeOidc(parts, entry.oidc, fail);
  if (entry.githubActions !== undefined) return makeGithubActions(parts, entry.githubActions, fail);
  return localKeyVerifier({
    directory: resolve(configuration.directory, entry.localKey?.directory ?? ""),
    audience: configuration.document.issuer,
    clock,
  });
}

/**
 * Makes the verifier of one OpenID Connect issuer.
 *
 * @throws ConfigurationInvalid, as `fail` makes it
 */
export async function makeOidc(
  parts: VerifierParts,
  document: Omit<OidcDocument, "uses"> & { readonly uses?: OidcOptions["uses"] },
  fail: Fail,
): Promise<IdentityVerifier> {
  const { clock, configuration } = parts;
  const { jwks, audience = configuration.document.issuer, ...settings } = document;
  if (jwks.url !== undefined) {
    const keys = await keysFrom(parts, jwks.url);
    return createVerifier({
      issuer: settings.issuer,
      audience,
      keys,
      uses: settings.uses ?? ["user"],
      algorithms: settings.algorithms ?? ["RS256", "ES256"],
      maxLifetimeSeconds: settings.maxLifetimeSeconds ?? 86_400,
      developmentOnly: false,
      clock,
    });
  }
  const keySet = jwks.inline ?? (await readKeySet(configuration, [jwks.file ?? "", "oidc"], fail));
  try {
    return await oidc({ ...withoutUndefined(settings), audience, jwks: keySet, clock });
  } catch (error) {
    throw fail(["oidc"], error instanceof TypeError ? error.message : "the key set cannot be used");
  }
}

/**
 * Makes the verifier of GitHub Actions.
 *
 * @throws ConfigurationInvalid, as `fail` makes it
 */
export async function makeGithubActions(
  parts: VerifierParts,
  document: Omit<GithubActionsDocument, "uses"> & { readonly uses?: GithubActionsOptions["uses"] },
  fail: Fail,
): Promise<IdentityVerifier> {
  const { configuration, clock } = parts;
  const { jwks = {}, audience = configuration.document.issuer, ...settings } = document;
  const { issuer = GITHUB_ACTIONS_ISSUER } = settings;
  const keys =
    jwks.inline ??
    (jwks.file === undefined
      ? await keysFrom(parts, jwks.url ?? `${issuer}/.well-known/jwks`)
      : await readKeySet(configuration, [jwks.file, "githubActions"], fail));
  try {
    return await githubActions({ ...withoutUndefined(settings), audience, jwks: keys, clock });
  } catch (error) {
    throw fail(["githubActions"], error instanceof TypeError ? error.message : "the key set cannot be used");
  }
}

function keysFrom({ fetch, clock, onFetchFailure }: VerifierParts, url: string): Promise<KeySource> {
  return fetchedKeys({ url, fetch, clock, onFailure: onFetchFailure });
}

async function readKeySet(
  configuration: Configuration,
  [file, member]: readonly [file: string, member: "oidc" | "githubActions"],
  fail: Fail,
): Promise<{ keys: object[] }> {
  const path = resolve(configuration.directory, file);
  const text = await readFile(path, "utf8").catch(() => {
    throw fail([member, "jwks", "file"], `${path} cannot be read`);
  });
  try {
    const set = parseStrictJson(text, { maxBytes: 262_144 }) as { keys?: unknown };
    if (Array.isArray(set?.keys)) return { keys: set.keys as object[] };
  } catch {
    // Falls through to the refusal.
  }
  throw fail(
    [member, "jwks", "file"],
    `${path} is no key set: { "keys": [ … ] } in JSON (RFC 7517 section 5)`,
  );
}

function withoutUndefined<Settings extends object>(
  settings: Settings,
): { [Name in keyof Settings]: Exclude<Settings[Name], undefined> } {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Settings]: Exclude<Settings[Name], undefined>;
  };
}
