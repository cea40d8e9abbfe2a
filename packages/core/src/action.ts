import { z } from "zod";
import { digestOf, randomToken } from "./digest.ts";
import { Identifier } from "./identifier.ts";
import { issuePaths } from "./operation.ts";
import { Refusal } from "./refusal.ts";
import { type ValueMap, isValueMap } from "./value.ts";

/** 128 random bits as base64url: they make two otherwise equal actions two. */
export const TransactionId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/, { error: "must be 16 bytes as base64url" });

/** What a binding made of a tool call: one operation on one system with its arguments. Nothing in it grants anything. */
export interface Action {
  readonly v: 1;
  readonly txn: string;
  readonly system: string;
  readonly operation: string;
  /** Fields that locate the object, as far as the runtime names them; the broker completes the rest. */
  readonly resource: Readonly<Record<string, string>>;
  readonly arguments: ValueMap;
}

const Values = z.custom<ValueMap>(isValueMap, { error: "holds something that is not a value" });

const Shape = z.strictObject({
  v: z.literal(1),
  txn: TransactionId,
  system: Identifier,
  operation: Identifier,
  // Checked before: a record schema passes over `__proto__` in silence.
  resource: Values.pipe(z.record(Identifier, z.string().min(1).max(512))),
  arguments: Values,
});

/** A fresh action. `txn` is random unless an earlier attempt of the same effect is continued. */
export function newAction(parts: Omit<Action, "v" | "txn"> & { readonly txn?: string }): Action {
  return Object.freeze({
    v: 1,
    txn: parts.txn ?? randomToken(16),
    system: parts.system,
    operation: parts.operation,
    resource: parts.resource,
    arguments: parts.arguments,
  });
}

/** Parses an action from outside. @throws Refusal `request_malformed` */
export function parseAction(input: unknown): Action {
  const parsed = Shape.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new Refusal("request_malformed", {
    detail: `action rejected at ${issuePaths(parsed.error)}`,
    failedFact: "action",
  });
}

/** The one name of an action through approval, decision, credential, request, trace and ledger. */
export function actionDigest(action: Action): string {
  return digestOf(action);
}
