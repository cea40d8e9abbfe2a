import {
  type GatewayRequest,
  type LeaseDirectory,
  type OpenedLease,
  type PublicJwk,
  REASONS,
  Refusal,
  SealedCredential,
  type VerifiedProof,
  encloseCredential,
  thumbprint,
} from "@watchword/core";
import { Hono } from "hono";
import { z } from "zod";
import { answerJson } from "./answer-json.ts";
import { readJsonText } from "./read-json-text.ts";

const Digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const Proof = z.strictObject({
  thumbprint: Digest,
  publicJwk: z.strictObject({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: z.string().max(64),
    y: z.string().max(64),
  }),
  jti: z.string().min(16).max(128),
  expiresAt: z.int().min(0),
});
const Lease = z.strictObject({
  lease_id: z.string().max(128),
  tenant: z.string().max(128),
  system: z.string().max(128),
  decision_id: z.string().max(128),
});
const Bodies = {
  reach: z.strictObject({}),
  open: z.strictObject({ handle: Digest, proof: Proof }),
  claim: z.strictObject({
    lease: Lease,
    request: z.strictObject({
      method: z.string().max(16),
      path: z.string().max(8_192),
      query: z.array(z.tuple([z.string(), z.string()])),
      headers: z.record(z.string(), z.string()),
      body: z.base64(),
    }),
    proof: Proof,
  }),
  refuse: z.strictObject({
    lease: Lease,
    reason: z.enum(["request_mismatch", "target_refused"]),
    detail: z.string().max(4_096),
  }),
  settle: z.strictObject({
    lease: Lease,
    use: z.string().max(128),
    outcome: z.strictObject({
      effect: z.enum(["done", "none", "unknown"]),
      ids: z.record(z.string(), z.string().max(512)),
      status: z.int().min(0).max(999),
      retryAfterSeconds: z.int().min(1).max(86_400).optional(),
      cut: z.enum(["lease_over", "quoted", "bounds", "broken", "left"]).optional(),
    }),
  }),
  standing: z.strictObject({ lease: Lease }),
} as const;

/** Options of {@link leaseDirectoryHttp}. */
export interface LeaseDirectoryHttpOptions {
  readonly leases: LeaseDirectory;
  /** The gateway's public key, from configuration: a credential leaves this process encrypted to it, or not at all. */
  readonly gatewayKey: PublicJwk;
}

/**
 * The broker's leases for a gateway in a process of its own. It authenticates nobody itself: serve it on a listener with
 * mutual TLS and on nothing else. A gateway is trusted with credentials of open leases, and with nothing more: it cannot
 * decide, mint, or open a lease without a handle and its proof.
 *
 * @example
 * ```ts
 * const listener = await listen({ host, port, mutualTls, maxRequestBytes: MAX_LEASE_BYTES });
 * listener.serve((request) => leaseDirectoryHttp({ leases: broker.leases, gatewayKey }).fetch(request));
 * ```
 */
export function leaseDirectoryHttp({ leases, gatewayKey }: LeaseDirectoryHttpOptions): Hono {
  const app = new Hono();
  app.post("/leases/reach", async ({ req }) => {
    await read(req.raw, Bodies.reach);
    return answerJson(200, { gateway_key: await thumbprint(gatewayKey) });
  });
  app.post("/leases/open", async ({ req }) => {
    const { handle, proof } = await read(req.raw, Bodies.open);
    const opened = await leases.open(handle, proof satisfies VerifiedProof);
    const { leaseId, tenant, system, authority, stamp, credential, endsAt, graceSeconds } = opened;
    const envelope = await encloseCredential(credential, gatewayKey, leaseId);
    return answerJson(200, {
      lease_id: leaseId,
      tenant,
      system,
      authority,
      stamp,
      envelope,
      ...(endsAt === undefined ? {} : { ends_at: endsAt }),
      ...(graceSeconds === undefined ? {} : { grace_seconds: graceSeconds }),
    });
  });
  app.post("/leases/claim", async ({ req }) => {
    const { lease, request, proof } = await read(req.raw, Bodies.claim);
    const canonical: GatewayRequest = { ...request, body: Buffer.from(request.body, "base64") };
    return answerJson(200, { use: await leases.claimUse(named(lease), canonical, proof) });
  });
  app.post("/leases/refuse", async ({ req }) => {
    const { lease, reason, detail } = await read(req.raw, Bodies.refuse);
    await leases.refuse(named(lease), reason, detail);
    return answerJson(200, {});
  });
  app.post("/leases/settle", async ({ req }) => {
    const { lease, use, outcome } = await read(req.raw, Bodies.settle);
    await leases.settle(named(lease), use, outcome);
    return answerJson(200, {});
  });
  app.post("/leases/standing", async ({ req }) => {
    const { lease } = await read(req.raw, Bodies.standing);
    return answerJson(200, { ends_at: (await leases.standing?.(named(lease))) ?? 0 });
  });
  app.notFound(() => answerJson(404, { error: "not_found" }));
  app.onError((error) => {
    const { reason, decisionId, retryAfterSeconds } = Refusal.from(error, "internal");
    return answerJson(REASONS[reason].status, {
      reason,
      ...(retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds }),
      ...(decisionId === undefined ? {} : { decision_id: decisionId }),
    });
  });
  return app;
}

/** Bytes of a request about a lease: a tool's request with its body in base64. */
export const MAX_LEASE_BYTES = 262_144;

async function read<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>> {
  let value: unknown;
  try {
    value = JSON.parse(await readJsonText(request));
  } catch {
    throw new Refusal("request_malformed", { detail: "the body is not JSON" });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refusal("request_malformed", { detail: "the body is not about a lease" });
}

/** The lease as the directory's later steps find it: by its name, without anything of its credential. */
function named({ lease_id, tenant, system, decision_id }: z.output<typeof Lease>): OpenedLease {
  return {
    leaseId: lease_id,
    tenant,
    system,
    authority: { system, operation: "", access: "write", resource: {}, arguments: {}, native: {} },
    stamp: { decisionId: decision_id, idempotencyKey: "" },
    credential: new SealedCredential(""),
  };
}
