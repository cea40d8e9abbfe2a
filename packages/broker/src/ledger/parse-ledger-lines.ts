import { type LedgerKind, Refusal, parseStrictJson } from "@watchword/core";
import { z } from "zod";
import type { LedgerLine } from "./ledger-line.ts";
import type { RecordProof } from "./record-proof.ts";

/** A record with all that is personal in it. */
const MAX_LINE_BYTES = 4_194_304;
const MAX_DEPTH = 64;

const Position = z.int().min(0);
/** What it may hold is for the digest to say. */
const ValueObject = z.record(z.string(), z.any());

const Checkpoint = z.strictObject({
  replica: z.string(),
  sequence: Position,
  hash: z.string(),
  at: z.int(),
  keyId: z.string(),
  signature: z.string(),
});
const LedgerRecord = z.strictObject({
  replica: z.string(),
  sequence: Position,
  // Kinds of a later version are followed, too: the chain does not depend on them.
  kind: z.string().transform((kind) => kind as LedgerKind),
  at: z.int(),
  tenant: z.string().nullable(),
  decisionId: z.string().exactOptional(),
  commitment: z.string().exactOptional(),
  body: ValueObject,
  previous: z.string(),
  hash: z.string(),
});
const Personal = z.strictObject({ salt: z.string(), value: ValueObject });

const Proof = z.strictObject({ record: LedgerRecord, proof: z.string() });

const Line = z.union([
  z.strictObject({ record: LedgerRecord, personal: Personal.exactOptional() }),
  z.strictObject({ checkpoint: Checkpoint }),
  z.strictObject({
    head: z.strictObject({ replica: z.string(), sequence: Position, hash: z.string() }),
  }),
  z.strictObject({ end: z.strictObject({ chains: Position, records: Position }) }),
  z.strictObject({ export: z.literal("watchword-ledger"), version: z.literal(1) }),
]);

/**
 * Reads an exported ledger from its lines: one JSON document each, that no two parsers read differently.
 *
 * @throws Refusal `request_malformed` naming the first line that is none
 */
export async function* parseLedgerLines(
  lines: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<LedgerLine, void> {
  let number = 0;
  for await (const text of lines) {
    number++;
    if (text === "") continue;
    const line = Line.safeParse(parsed(text));
    if (!line.success)
      throw new Refusal("request_malformed", { detail: `line ${number} is no line of an exported ledger` });
    yield line.data;
  }
}

/**
 * Reads the proof of one record.
 *
 * @throws Refusal `request_malformed` when it is none
 */
export function parseRecordProof(text: string): RecordProof {
  const proof = Proof.safeParse(parsed(text));
  if (!proof.success) throw new Refusal("request_malformed", { detail: "it is no proof of a record" });
  return proof.data;
}

function parsed(text: string): unknown {
  try {
    return parseStrictJson(text, { maxBytes: MAX_LINE_BYTES, maxDepth: MAX_DEPTH });
  } catch {
    return undefined;
  }
}
