import { randomUUID } from "node:crypto";
import { z } from "zod";

/**
 * Names of tenants, agents, systems, grants. ASCII only and matched exactly: there is no case folding or Unicode
 * form under which two of them could become equal.
 */
export const Identifier = z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, {
  error: "must be 1–64 characters of a-z 0-9 . _ - and begin and end with a letter or digit",
});

/** An agent with its version, as asserted at start: `support@3`. The version is a label, never an authority. */
export const AgentReference = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?@[A-Za-z0-9._-]{1,64}$/, {
    error: "must be agent@version",
  });

/** Splits `support@3`; call it on a parsed {@link AgentReference} only. */
export function splitAgentReference(reference: string): { id: string; version: string } {
  const at = reference.indexOf("@");
  return { id: reference.slice(0, at), version: reference.slice(at + 1) };
}

/**
 * A fresh id with a readable prefix: `dec_0199…`. UUID v7 bits (RFC 9562 section 5.7), so that ids written under a
 * unique key arrive in order; 74 of its bits are random.
 */
export function newId(prefix: IdPrefix, nowMilliseconds: number): string {
  const time = nowMilliseconds.toString(16).padStart(12, "0");
  // Of a version 4 the random bits and the variant; Node makes many of them from one draw of random bytes.
  const random = randomUUID();
  return `${prefix}_${time}7${random.slice(15, 18)}${random.slice(19, 23)}${random.slice(24)}`;
}

/** What an id names: decision, run, lease, approval, replica, use of a lease. */
export type IdPrefix = "dec" | "run" | "lease" | "apr" | "rep" | "use";
