import { Refusal } from "@watchword/core";
import { ConfigurationInvalid, type ConfigurationProblem } from "./configuration-problem.ts";
import type { ListenDocument } from "./document-parts.ts";
import { isLocalHost } from "./is-local-host.ts";
import type { Configuration } from "./load-configuration.ts";

/** `serve` is production; `dev` is one machine, its own user, and keys on its disk. */
export type ServerMode = "serve" | "dev";

/**
 * Refuses what does not belong into a mode: development settings under `serve`, production or a way in from other
 * machines under `dev`. It runs before anything is opened.
 *
 * @throws Refusal `development_setting` or ConfigurationInvalid, naming each setting and its line
 */
export function checkMode(configuration: Configuration, mode: ServerMode): void {
  const { document } = configuration;
  if (mode === "serve") {
    refuseDevelopment(configuration);
    return;
  }
  const problems: ConfigurationProblem[] = [];
  const at = (path: readonly PropertyKey[], message: string): void =>
    void problems.push(configuration.problem(path, `${path.join(".")}: ${message}`));
  if (document.environment === "production")
    at(["environment"], "is production; run watchword serve, or leave it out");
  for (const part of ["broker", "gateway", "leases", "metrics", "operators"] as const) {
    if (!isLocal(document[part]?.listen ?? {}))
      at([part, "listen"], "watchword dev listens on loopback or a socket only; run watchword serve");
  }
  if (problems.length > 0) throw new ConfigurationInvalid(problems);
}

function refuseDevelopment({ document, problem }: Configuration): void {
  const found: ConfigurationProblem[] = [];
  if (document.environment === "development")
    found.push(problem(["environment"], "environment: is development; run watchword dev, or leave it out"));
  if (!document.issuer.startsWith("https://")) found.push(problem(["issuer"], "issuer: is not https"));
  for (const [index, verifier] of document.verifiers.entries()) {
    const local = "verify" in verifier ? verifier.developmentOnly : verifier.localKey !== undefined;
    if (local)
      found.push(
        problem(["verifiers", index], `verifiers.${index}: is for development; configure a real issuer`),
      );
  }
  for (const [at, verifiers] of [
    [["verifiers"], document.verifiers],
    [["operators", "verifiers"], document.operators?.verifiers ?? []],
  ] as const)
    for (const [index, verifier] of verifiers.entries()) {
      if ("verify" in verifier) continue;
      for (const kind of ["oidc", "githubActions"] as const)
        if (verifier[kind]?.jwks?.url?.startsWith("http:"))
          found.push(problem([...at, index, kind, "jwks", "url"], "the key set's URL is not https"));
    }
  if (found.length > 0)
    throw new Refusal("development_setting", {
      detail: new ConfigurationInvalid(found).message.replace(/^\w+: /, ""),
    });
}

function isLocal({ host = "127.0.0.1", allowRemote }: Pick<ListenDocument, "host" | "allowRemote">): boolean {
  return allowRemote !== true && isLocalHost(host);
}
