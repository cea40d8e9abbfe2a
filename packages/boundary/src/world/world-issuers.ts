import { join } from "node:path";
import {
  type Clock,
  GITHUB_ACTIONS_ISSUER,
  type IdentityUse,
  type IdentityVerifier,
  numericDate,
} from "@watchword/core";
import type { Policy, PolicyDocument } from "@watchword/policy";
import { type ActionsIssuer, actionsIssuer } from "./actions-issuer.ts";
import type { WorldParts } from "./load-parts.ts";
import { satisfyingClaims } from "./satisfying-claims.ts";

/** Who vouches in a world: stand-ins for every issuer that the policy names, each under its own name. */
export interface WorldIssuers {
  readonly verifiers: readonly IdentityVerifier[];
  /** Of a declared workload; of a name that nobody declared, a token that is as good and stands for nobody. */
  workloadToken(name: string): Promise<string>;
  /** Of a person at an issuer of users or approvers. `authTime`: when they logged in. */
  personToken(person: {
    readonly issuer: string;
    readonly subject: string;
    readonly claims: Readonly<Record<string, unknown>>;
    readonly authTime?: number;
  }): Promise<string>;
  /** Of a job of CI. */
  jobToken(issuer: string, claims: Readonly<Record<string, unknown>>): Promise<string>;
  /** Where users log in. */
  readonly users: string;
}

/** Where users log in when no approver of the policy does. */
const USERS = "https://login.boundary.invalid";

/** Makes an issuer for every name in the policy. */
export async function worldIssuers(
  parts: WorldParts,
  options: {
    readonly policy: Policy;
    readonly audience: string;
    readonly directory: string;
    readonly clock: Clock;
  },
): Promise<WorldIssuers> {
  const { audience, clock } = options;
  const { document } = options.policy;
  const directory = join(options.directory, "workloads");
  const users = Object.values(document.approvers)[0]?.issuer ?? USERS;
  const uses = usesOf(document, users);
  const actions = [...uses.keys()].filter((issuer) => isActions(document, issuer));
  let jobs: Promise<ActionsIssuer> | undefined;
  const openJobs = (): Promise<ActionsIssuer> => (jobs ??= actionsIssuer());

  const people = new Map(
    await Promise.all(
      [...uses.keys()]
        .filter((issuer) => !actions.includes(issuer))
        .map(async (issuer) => [issuer, await parts.developmentIssuer({ issuer, clock })] as const),
    ),
  );
  const verifiers = [
    await parts.localKeyVerifier({ directory, audience, clock }),
    ...(await Promise.all(
      [...people].map(([issuer, { jwks }]) =>
        parts.oidc({
          issuer,
          audience,
          jwks,
          algorithms: ["ES256"],
          uses: [...(uses.get(issuer) ?? [])] as ("user" | "approver" | "workload")[],
          clock,
        }),
      ),
    )),
    ...(await Promise.all(
      actions.map(async (issuer) =>
        parts.githubActions({
          issuer,
          audience,
          jwks: (await openJobs()).jwks,
          uses: [...(uses.get(issuer) ?? [])] as ("workload" | "evidence")[],
          clock,
        }),
      ),
    )),
  ];
  const jobToken: WorldIssuers["jobToken"] = async (issuer, claims) =>
    (await openJobs()).token({ issuer, audience, now: numericDate(clock), claims });

  return Object.freeze<WorldIssuers>({
    verifiers,
    users,
    jobToken,
    personToken: async ({ issuer, subject, claims, authTime }) => {
      const found = people.get(issuer);
      if (found === undefined) throw new TypeError(`no person logs in at ${issuer}`);
      return found.idToken({ subject, audience, claims, ...(authTime === undefined ? {} : { authTime }) });
    },
    workloadToken: async (name) => {
      const declared = Object.hasOwn(document.workloads, name)
        ? document.workloads[name]?.identity
        : undefined;
      if (declared === undefined || "localKey" in declared) {
        const subject = declared?.localKey ?? name;
        return (await parts.localKeySource({ directory, subject, audience, clock })).token();
      }
      const { issuer, subject, claims = {} } = declared.oidc;
      const held = satisfyingClaims(claims);
      if (actions.includes(issuer))
        return jobToken(issuer, { ...held, ...(subject === undefined ? {} : { sub: subject }) });
      const found = people.get(issuer);
      if (found === undefined) throw new TypeError(`no workload logs in at ${issuer}`);
      return found.idToken({ subject: subject ?? `workload-${name}`, audience, claims: held });
    },
  });
}

/** Every issuer that the policy names, and what its tokens are for. */
function usesOf(document: PolicyDocument, users: string): ReadonlyMap<string, ReadonlySet<IdentityUse>> {
  const uses = new Map<string, Set<IdentityUse>>();
  const add = (issuer: string, use: IdentityUse): void => {
    const known = uses.get(issuer) ?? new Set<IdentityUse>();
    uses.set(issuer, known.add(use));
  };
  add(users, "user");
  for (const { issuer } of Object.values(document.approvers)) add(issuer, "approver");
  for (const { identity } of Object.values(document.workloads))
    if ("oidc" in identity) add(identity.oidc.issuer, "workload");
  for (const source of Object.values(document.evidence))
    if (source.issuer === "github-actions") add(source.tokenIssuer ?? GITHUB_ACTIONS_ISSUER, "evidence");
  return uses;
}

/** Whether tokens of an issuer have the form of GitHub Actions. */
function isActions(document: PolicyDocument, issuer: string): boolean {
  return (
    issuer === GITHUB_ACTIONS_ISSUER ||
    Object.values(document.evidence).some(
      (source) => source.issuer === "github-actions" && source.tokenIssuer === issuer,
    )
  );
}
