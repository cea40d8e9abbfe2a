import { type Access, Refusal, type SealedCredential, parseStrictJson } from "@watchword/core";
import { z } from "zod";
import type { JiraSettings } from "./jira-options.ts";

const Text = z.string().regex(/^[\x21-\x7e]{1,512}$/, { error: "must be visible ASCII" });
const Credential = z.strictObject({ clientId: Text, clientSecret: Text });

/** Jira Cloud: a credential per rung of the ladder, as its scopes were fixed when it was made. */
const Ladder = z.strictObject({ read: Credential, write: Credential.optional() });

/** What a token is asked for with. */
export type ClientCredential = z.output<typeof Credential>;

/**
 * Hands the credential that an operation is minted with to `use`: at Jira Cloud the one for its access, so that a token for a
 * read cannot write; at a data center the one that there is.
 *
 * @throws Refusal `configuration_invalid` for a secret of another form, which it never quotes; `downstream_refused` for a
 * write where the connection has no credential that writes
 */
export function withCredential<Result>(
  { kind }: Pick<JiraSettings, "kind">,
  secret: SealedCredential,
  access: Access,
  use: (credential: ClientCredential) => Result,
): Result {
  return secret.open((text) => {
    if (kind === "data-center") {
      const single = Credential.safeParse(parsed(text));
      if (single.success) return use(single.data);
      throw invalid('{"clientId":"…","clientSecret":"…"}');
    }
    const ladder = Ladder.safeParse(parsed(text));
    if (!ladder.success)
      throw invalid('{"read":{"clientId":"…","clientSecret":"…"},"write":{…}}, write only where agents may');
    const credential = ladder.data[access];
    if (credential !== undefined) return use(credential);
    throw new Refusal("downstream_refused", {
      detail:
        "jira: required: a credential that writes; held: one that reads alone; next: add write to the connection",
      failedFact: "credential",
    });
  });
}

/** Whether a connection's secret holds a credential that writes; one of another form does not say. */
export const canWrite = (secret: SealedCredential): boolean =>
  secret.open((text) => Ladder.safeParse(parsed(text)).data?.write !== undefined || !isLadder(text));

/** Whether a secret has the form that {@link withCredential} wants. */
export function isCredential(text: string): boolean {
  return [Credential, Ladder].some((schema) => schema.safeParse(parsed(text)).success);
}

const isLadder = (text: string): boolean => Ladder.safeParse(parsed(text)).success;

function parsed(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch {
    // What it says of a text that it cannot read stays here.
    return undefined;
  }
}

function invalid(form: string): Refusal {
  return new Refusal("configuration_invalid", {
    detail: `jira: the secret must be JSON of the form ${form}; next: correct the connection`,
    failedFact: "credential",
  });
}
