import {
  AUTHORIZATION_DETAILS_TYPES,
  AgentReference,
  Ceiling,
  Identifier,
  Refusal,
  issuePaths,
  parseStrictJson,
} from "@watchword/core";
import { z } from "zod";

const Shape = z.tuple([
  z.strictObject({
    type: z.literal(AUTHORIZATION_DETAILS_TYPES.run),
    agent: AgentReference,
    thread: z
      .string()
      .regex(/^[A-Za-z0-9._:-]{1,128}$/)
      .optional(),
    background: z.boolean().optional(),
    ceiling: Ceiling.optional(),
    tenant: Identifier.optional(),
    /** Of a workload that may assert one; it is never taken for a verified user. */
    user: z.string().min(1).max(256).optional(),
  }),
]);

/** What a start asks for (RFC 9396). */
export type RunDetails = z.infer<typeof Shape>[0];

/** Reads `authorization_details` of a start. @throws Refusal `request_malformed` */
export function readRunDetails(text: string | undefined): RunDetails {
  if (text === undefined || text === "") throw malformed("authorization_details is missing");
  let value: unknown;
  try {
    value = parseStrictJson(text);
  } catch (error) {
    if (Refusal.is(error)) throw error;
    throw malformed("authorization_details is not strict JSON");
  }
  const parsed = Shape.safeParse(value);
  if (!parsed.success) throw malformed(`authorization_details rejected at ${issuePaths(parsed.error)}`);
  return parsed.data[0];
}

function malformed(detail: string): Refusal {
  return new Refusal("request_malformed", { detail });
}
