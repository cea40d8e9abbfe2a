import type { Policy } from "@watchword/policy";

/**
 * An answer to the agent as it is searched for secrets: what a grant releases is handed to the tool, and is no leak.
 *
 * INVARIANT: where no grant releases anything nothing is left out, whatever an answer says of itself.
 *
 * @param text JSON of an answer, or whatever else came
 */
export function withoutReleased({ grants }: Pick<Policy, "grants">, text: string): string {
  if (!grants.some(({ custody }) => custody === "released")) return text;
  try {
    const answer = JSON.parse(text) as { readonly lease?: { readonly custody?: string } };
    return answer.lease?.custody === "released" ? JSON.stringify({ ...answer, access_token: "" }) : text;
  } catch {
    return text;
  }
}
