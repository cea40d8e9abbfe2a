import {
  type Adapter,
  type Authority,
  type Catalogue,
  type EvidenceQuery,
  type EvidenceReading,
  Refusal,
  SealedCredential,
  operation,
  sameAuthority,
} from "@watchword/core";
import { z } from "zod";

const catalogue: Catalogue = {
  adapter: "minting",
  operations: {
    ticketsClose: operation({
      name: "tickets.close",
      access: "write",
      title: "Close a ticket",
      resource: { account: "the account" },
      arguments: z.strictObject({ ticket: z.string().regex(/^t_[a-z0-9]+$/) }),
      references: ["ticket"],
      decided: [],
      example: { ticket: "t_1" },
    }),
    ticketsRead: operation({
      name: "tickets.read",
      access: "read",
      title: "Read a ticket",
      resource: { account: "the account" },
      arguments: z.strictObject({ ticket: z.string().regex(/^t_[a-z0-9]+$/) }),
      references: ["ticket"],
      decided: [],
      example: { ticket: "t_1" },
    }),
  },
};

/** A downstream system that mints native tokens, with its mistakes under the test's control. */
export interface MintingSystem {
  readonly adapter: Adapter;
  /** Tokens that the system would accept now. */
  readonly living: Set<string>;
  minted: number;
  /** What the next mints and revocations do. */
  behave: { mint?: "wider" | "refuse" | "break" | "short"; revoke?: "fail" };
  /** The head that a look-up finds. */
  head: string;
  /** How evidence stands, one answer a question, the last one for ever; a text is thrown. */
  evidence: (EvidenceReading | string)[];
  /** What evidence was asked about. */
  readonly asked: EvidenceQuery[];
}

export const HEAD = "a".repeat(40);

/** Tokens live 3,600 s natively and can be revoked one by one, like those of a well-behaved authorization server. */
export function mintingSystem(): MintingSystem {
  const asked: EvidenceQuery[] = [];
  const system: MintingSystem = {
    adapter: undefined as never,
    living: new Set(),
    minted: 0,
    behave: {},
    head: HEAD,
    evidence: [],
    asked,
  };
  const adapter: Adapter = {
    name: "minting",
    catalogue,
    capabilities: {
      custody: "released",
      nativeLifeSeconds: 3_600,
      revoke: "token",
      enforcedBySystem: ["account"],
      enforcedByGateway: ["ticket"],
    },
    origins: ["https://tickets.example"],
    isLiveSecret: () => false,
    resolve: async (action) => ({
      owners: {
        ticket: JSON.stringify(action.arguments["ticket"]).startsWith('"t_foreign') ? "other" : "tenant",
      },
      values: { head: system.head },
    }),
    readEvidence: async (query) => {
      asked.push(query);
      const [reading = "no evidence"] =
        system.evidence.length > 1 ? system.evidence.splice(0, 1) : system.evidence;
      if (typeof reading === "string") throw new TypeError(reading);
      return reading;
    },
    complete: (action, _facts, account) => ({ resource: { account }, arguments: action.arguments }),
    plan: (action): Authority =>
      action.operation === "tickets.read"
        ? { ...action, access: "read", native: { scope: "read" } }
        : { ...action, access: "write", native: { scope: "close" } },
    covers: sameAuthority,
    mint: async (authority, { clock }) => {
      if (system.behave.mint === "refuse") throw new Refusal("downstream_refused");
      if (system.behave.mint === "break") throw new TypeError("socket hang up at tok_canary_in_error");
      const token = `tok_${++system.minted}_${"x".repeat(20)}`;
      system.living.add(token);
      const wider = system.behave.mint === "wider" ? { ...authority, native: { scope: "admin" } } : authority;
      const life = system.behave.mint === "short" ? 5 : 3_600;
      return {
        credential: new SealedCredential(token),
        kind: "access-token",
        granted: wider,
        nativeExpiresAt: Math.floor(clock.now() / 1_000) + life,
      };
    },
    revoke: async (credential) => {
      if (system.behave.revoke === "fail") throw new Error("revocation endpoint is down");
      return credential.open((token) => system.living.delete(token)) ? "revoked" : "already_dead";
    },
    actionOf: () => {
      throw new Refusal("request_mismatch");
    },
    enforce: () => ({ method: "POST", url: "https://tickets.example", headers: {}, body: undefined }),
    inject: (request) => request,
    outcomeOf: () => ({ effect: "unknown", ids: {}, status: 0 }),
    residual: () => ({ summary: "none", axes: [], heldBy: "gateway" }),
    selfCheck: async () => [],
  };
  return Object.assign(system, { adapter });
}

export const MINTING_POLICY = `
watchword: 1
systems: { tickets: { adapter: minting } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
grants:
  - id: close
    agent: support
    operation: tickets/tickets.close
    resource: { account: "\${tenant.tickets.account}" }
    where: { args.ticket: { ownedBy: tenant } }
    lease: { action: 60s }
`;
