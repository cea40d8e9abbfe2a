import {
  type Authority,
  type EnvelopeKey,
  type LeaseDirectory,
  type OpenedLease,
  Refusal,
  discloseCredential,
  isReason,
  thumbprint,
} from "@watchword/core";
import type { MutualTls } from "./listen.ts";
import { postJson } from "./post-json.ts";

/** Options of {@link httpLeaseDirectory}. */
export interface HttpLeaseDirectoryOptions {
  /** Where the broker serves its leases: an https origin. */
  readonly url: string;
  /** This gateway's certificate, and the authority of the broker's. */
  readonly mutualTls: MutualTls;
  /** This gateway's own key: credentials arrive encrypted to it, whatever ends TLS on the way. */
  readonly key: EnvelopeKey;
  /** Default 5,000. */
  readonly timeoutMilliseconds?: number;
}

/** The broker's leases from another process, and whether they are to be had at all. */
export interface RemoteLeaseDirectory extends LeaseDirectory {
  /**
   * Asks the broker for nothing but an answer, so that a gateway knows whether it can work.
   *
   * @throws Refusal `broker_unavailable`, or `configuration_invalid` when the broker encrypts to another gateway's key
   */
  reach(): Promise<void>;
}

/**
 * The broker's leases for a gateway in a process of its own: the same port, over mutually authenticated TLS. What the
 * broker does not confirm did not happen: a request whose use it cannot claim does not leave.
 *
 * @throws TypeError when the URL is not an https origin
 *
 * @example
 * ```ts
 * const leases = httpLeaseDirectory({ url: "https://broker.internal:8444", mutualTls, key });
 * const gateway = createGateway({ url, leases, systems });
 * ```
 */
export function httpLeaseDirectory(options: HttpLeaseDirectoryOptions): RemoteLeaseDirectory {
  const { url, mutualTls, key, timeoutMilliseconds = 5_000 } = options;
  if (!URL.canParse(url) || !/^https:\/\/[^/]+\/?$/.test(url))
    throw new TypeError("httpLeaseDirectory: url must be an https origin");
  const ask = async (path: string, body: object): Promise<Record<string, unknown>> =>
    answerOf(await postJson(new URL(path, url), body, mutualTls, timeoutMilliseconds));

  return Object.freeze<RemoteLeaseDirectory>({
    async reach() {
      const { gateway_key } = await ask("/leases/reach", {});
      if (gateway_key !== (await thumbprint(key.publicJwk)))
        throw new Refusal("configuration_invalid", {
          detail: "the broker encrypts credentials to another key than this gateway's",
        });
    },
    async open(handle, proof) {
      const answer = await ask("/leases/open", { handle, proof });
      const { lease_id, tenant, system, authority, stamp, envelope, ends_at, grace_seconds } = answer;
      if (typeof lease_id !== "string" || typeof tenant !== "string" || typeof system !== "string")
        throw unusable();
      if (typeof envelope !== "string" || !isRecord(authority) || !isRecord(stamp)) throw unusable();
      return {
        leaseId: lease_id,
        tenant,
        system,
        authority: authority as unknown as Authority,
        stamp: stamp as unknown as OpenedLease["stamp"],
        credential: await discloseCredential(envelope, key, lease_id),
        ...(isSeconds(ends_at) ? { endsAt: ends_at } : {}),
        ...(isSeconds(grace_seconds) ? { graceSeconds: grace_seconds } : {}),
      };
    },
    async claimUse(lease, { body, ...request }, proof) {
      const { use } = await ask("/leases/claim", {
        lease: nameOf(lease),
        request: { ...request, body: Buffer.from(body).toString("base64") },
        proof,
      });
      if (typeof use !== "string") throw unusable();
      return use;
    },
    async refuse(lease, reason, detail) {
      await ask("/leases/refuse", { lease: nameOf(lease), reason, detail });
    },
    async settle(lease, use, outcome) {
      await ask("/leases/settle", { lease: nameOf(lease), use, outcome });
    },
    async standing(lease) {
      const { ends_at } = await ask("/leases/standing", { lease: nameOf(lease) });
      if (!isSeconds(ends_at)) throw unusable();
      return ends_at;
    },
  });
}

/** What the broker needs of a lease to find it; the credential does not go back. */
function nameOf(lease: OpenedLease): object {
  return {
    lease_id: lease.leaseId,
    tenant: lease.tenant,
    system: lease.system,
    decision_id: lease.stamp.decisionId,
  };
}

function answerOf({
  status,
  body,
}: {
  readonly status: number;
  readonly body: unknown;
}): Record<string, unknown> {
  if (!isRecord(body)) throw unusable();
  if (status === 200) return body;
  const { reason, decision_id, retry_after } = body;
  if (!isReason(reason)) throw unusable();
  throw new Refusal(reason, {
    failedFact: "credential",
    ...(typeof decision_id === "string" ? { decisionId: decision_id } : {}),
    ...(typeof retry_after === "number" ? { retryAfterSeconds: retry_after } : {}),
  });
}

function isSeconds(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unusable(): Refusal {
  return new Refusal("broker_unavailable", { detail: "the broker's answer is not one about leases" });
}
