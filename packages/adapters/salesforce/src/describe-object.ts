import type { AdapterContext, SealedCredential } from "@watchword/core";
import { z } from "zod";
import { callSalesforce, refusedAnswer, unusable } from "./call-salesforce.ts";
import { bearer } from "./salesforce-headers.ts";
import type { SalesforceSettings } from "./salesforce-options.ts";

/** What the token's user may know of an object. */
export interface DescribedObject {
  readonly keyPrefix: string | undefined;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly deletable: boolean;
  readonly fields: ReadonlySet<string>;
}

const Described = z.object({
  name: z.string(),
  keyPrefix: z.string().nullish(),
  createable: z.boolean(),
  updateable: z.boolean(),
  deletable: z.boolean(),
  fields: z.array(z.object({ name: z.string() })),
});

/**
 * Reads what an object is; `undefined` when it is not there for the user.
 *
 * @throws Refusal `downstream_refused`, `downstream_unavailable`
 */
export async function describeObject(
  settings: SalesforceSettings,
  context: AdapterContext,
  {
    token,
    object,
    signal,
  }: { readonly token: SealedCredential; readonly object: string; readonly signal: AbortSignal },
): Promise<DescribedObject | undefined> {
  const answer = await callSalesforce(settings, context, {
    path: `/services/data/v${settings.apiVersion}/sobjects/${object}/describe`,
    authorization: bearer(token),
    signal,
  });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200)
    throw refusedAnswer(
      answer,
      `API access and ${object} for the token's user`,
      "a token that may not read what the object is",
      "check the user's permission sets and the app's scopes",
    );
  const parsed = Described.safeParse(answer.body);
  if (!parsed.success || parsed.data.name !== object) throw unusable("an answer that is not the object");
  const { keyPrefix, createable, updateable, deletable, fields } = parsed.data;
  return {
    keyPrefix: keyPrefix ?? undefined,
    createable,
    updateable,
    deletable,
    fields: new Set(fields.map(({ name }) => name)),
  };
}
