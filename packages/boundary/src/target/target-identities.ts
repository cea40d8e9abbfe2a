import { access, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Policy } from "@watchword/policy";
import type { Situation } from "../situation.ts";
import type { IssuedTokens } from "../world/stage.ts";
import type { TargetDocument } from "./target-file.ts";

/** Whoever acts against a target, by the tokens that its file names. */
export interface TargetIdentities {
  /** Why nobody at hand can start the run of a situation; `null` when somebody can. */
  lacks(situation: Pick<Situation, "agent" | "workload" | "tenant" | "user" | "via">): string | null;
  /** @throws Error when {@link lacks} says why, or a file with a token is not there; it quotes none */
  identify(wanted: {
    readonly workload: string | null;
    readonly agent: string;
    readonly tenant: string;
    readonly user: Situation["user"];
  }): Promise<IssuedTokens>;
}

/** Makes the token of a workload whose key is at hand. */
export type KeySource = (key: {
  readonly directory: string;
  readonly subject: string;
  readonly audience: string;
}) => Promise<string>;

const TOKEN = /^[A-Za-z0-9_.-]+$/;

/**
 * The identities of a target's file.
 *
 * @param directory what the file's paths are relative to
 */
export function targetIdentities(
  document: TargetDocument,
  options: {
    readonly policy: Policy;
    readonly directory: string;
    readonly issuer: string;
    readonly keyToken: KeySource;
  },
): TargetIdentities {
  const { policy, directory, issuer, keyToken } = options;
  const { workloads } = policy.document;
  const { users = {}, tenants } = document;
  const nameOf = (workload: string | null | undefined, agent: string): string =>
    workload ??
    Object.entries(workloads).find(([, { agents }]) => agents.includes(agent))?.[0] ??
    Object.keys(workloads)[0] ??
    "none";
  /** The user on whose behalf it would be; `null`: nobody is needed. */
  const whose = (tenant: string, user: Situation["user"]): string | null => {
    if (user === "none") return null;
    return user === "verified" ? tenant : tenant === tenants.other ? tenants.own : tenants.other;
  };

  const lacks: TargetIdentities["lacks"] = ({ agent, workload, tenant, user, via }) => {
    const name = nameOf(workload, via[0] ?? agent);
    const declared = own(workloads, name);
    const held = own(document.workloads, name);
    if (declared === undefined && held === undefined)
      return "nobody vouches for a workload that is not declared";
    if (held === undefined) return `the target's file has no key or token of workload ${name}`;
    if ("key" in held && (declared === undefined || !("localKey" in declared.identity)))
      return `workload ${name} shows no local key; name a file with its token`;
    if (declared !== undefined && "ticket" in declared.tenant)
      return "its runs are started by a ticket, whose key the harness does not hold";
    const person = whose(tenant, user);
    if (person === null || own(users, person) !== undefined) return null;
    return person === tenants.own || person === tenants.other
      ? `the target's file has no user of tenant ${person}`
      : "nobody logs in for a tenant that does not exist";
  };
  return Object.freeze<TargetIdentities>({
    lacks,
    identify: async ({ workload, agent, tenant, user }) => {
      const missing = lacks({ agent, tenant, user, via: [], ...(workload === null ? {} : { workload }) });
      if (missing !== null) throw new Error(missing);
      const name = nameOf(workload, agent);
      const declared = own(workloads, name);
      const held = own(document.workloads, name);
      const identity = declared?.identity;
      const workloadToken =
        held !== undefined && "key" in held && identity !== undefined && "localKey" in identity
          ? await keyToken({
              directory: await keyIn(directory, held.key),
              subject: identity.localKey ?? name,
              audience: issuer,
            })
          : await tokenIn(directory, held !== undefined && "token" in held ? held.token : "");
      const person = whose(tenant, user);
      const claimed = declared !== undefined && "claim" in declared.tenant;
      return {
        workloadToken,
        subjectToken: person === null ? null : await tokenIn(directory, own(users, person)?.token ?? ""),
        subjectKind: "user",
        tenant: claimed && user !== "other-tenant" ? null : tenant,
      };
    },
  });
}

/** A directory with a key in it: of one without, a new key would be made, which nobody knows over there. */
async function keyIn(directory: string, path: string): Promise<string> {
  const place = resolve(directory, path);
  await access(join(place, "workload.jwk")).catch(() => {
    throw new Error(`${path} holds no workload.jwk, the key of a workload`);
  });
  return place;
}

/** INVARIANT: nothing of a file that is no token is in an error; it may be another secret. */
async function tokenIn(directory: string, path: string): Promise<string> {
  const text = (await readFile(resolve(directory, path), "utf8").catch(() => "")).trim();
  if (!TOKEN.test(text)) throw new Error(`${path} holds no token`);
  return text;
}

function own<Held>(record: Readonly<Record<string, Held>>, name: string): Held | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
