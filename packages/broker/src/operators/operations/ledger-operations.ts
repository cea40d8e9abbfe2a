import { publicJwkOf } from "@watchword/core";
import { z } from "zod";
import { discovery } from "../../discovery.ts";
import { federation } from "../../federation.ts";
import { proveRecord } from "../../ledger/record-proof.ts";
import { LedgerRecordAnswer } from "../decision-answers.ts";
import { latestCheckpoints } from "../latest-checkpoints.ts";
import { Time, idOf } from "../operation-parts.ts";
import { operatorOperation } from "../operator-operation.ts";
import { notFound, requireWithin } from "../operator-scope.ts";
import { recordedDecision } from "../recorded-decision.ts";

const Jwk = z.object({
  kty: z.string(),
  crv: z.string(),
  x: z.string(),
  y: z.string().optional(),
  kid: z.string().optional(),
  alg: z.string().optional(),
  use: z.string().optional(),
});

const FederationJwk = Jwk.extend({
  crv: z.string().optional(),
  x: z.string().optional(),
  n: z.string().optional(),
  e: z.string().optional(),
});

export const LEDGER_OPERATIONS = {
  keys: operatorOperation({
    method: "GET",
    path: "/v1/keys",
    summary:
      "Public keys: those that verify run tokens, access tokens, the ledger's checkpoints, and federation tokens.",
    roles: ["viewer", "investigator", "admin"],
    reach: "tenant",
    login: "any",
    answer: z.object({
      runs: z.array(Jwk),
      access: z.array(Jwk),
      ledger: z.array(Jwk).describe("the present key first; watchword ledger verify takes it"),
      federation: z.array(FederationJwk),
    }),
    run: async ({ context }) => ({
      runs: [...discovery(context).keys.keys],
      access: [...discovery(context).access.keys.keys],
      ledger: [
        ...context.keys.ledger.verification.notes.map(({ publicKey }) => ({
          kty: "OKP",
          crv: "Ed25519",
          x: Buffer.from(publicKey).toString("base64url"),
        })),
        ...context.keys.ledger.verification.earlier.map(({ keyId, publicJwk }) => ({
          ...publicJwkOf(publicJwk),
          kid: keyId,
        })),
      ],
      federation: [...(federation(context)?.keys.keys ?? [])],
    }),
  }),
  ledger: operatorOperation({
    method: "GET",
    path: "/v1/ledger",
    summary: "The end of each replica's chain, and the latest checkpoint that was signed of it.",
    roles: ["viewer", "investigator", "admin"],
    reach: "everywhere",
    login: "any",
    answer: z.object({
      heads: z.array(z.object({ replica: z.string(), sequence: z.int(), hash: z.string() })),
      checkpoints: z.array(
        z.object({
          replica: z.string(),
          sequence: z.int(),
          at: Time,
          key_id: z.string(),
          note: z.string().describe("the signed note (c2sp.org/tlog-checkpoint), whole"),
        }),
      ),
    }),
    run: async ({ context: { store } }) => ({
      heads: [...(await store.ledgerHeads())],
      checkpoints: latestCheckpoints(await store.checkpoints()).map((checkpoint) => ({
        ...checkpoint,
        at: new Date(checkpoint.at).toISOString(),
        key_id: checkpoint.keyId,
        note: checkpoint.signature,
      })),
    }),
  }),
  proveDecision: operatorOperation({
    method: "GET",
    path: "/v1/ledger/proofs/{id}",
    summary: "Proves that a decision's record is in the signed ledger, to whoever has the public key.",
    roles: ["viewer", "investigator", "admin"],
    reach: "tenant",
    login: "any",
    params: z.strictObject({ id: idOf("dec") }),
    answer: z.object({
      record: LedgerRecordAnswer,
      proof: z.string().describe("proof and checkpoint in one text (c2sp.org/tlog-proof)"),
    }),
    run: async (scope, { params: { id } }) => {
      const { store } = scope.context;
      const found = await recordedDecision(store, id);
      requireWithin(scope, found?.record.tenant);
      if (found === undefined) throw notFound();
      const proved = await proveRecord(store, found.record.replica, found.record.sequence);
      if (proved === undefined) throw notFound("no checkpoint covers the record yet; one comes every 60 s");
      const { record, proof } = proved;
      const { decisionId, ...members } = record;
      return { record: { ...members, ...(decisionId === undefined ? {} : { decisionId }) }, proof };
    },
  }),
} as const;
