import { type Connection, Refusal, issuePaths } from "@watchword/core";
import { z } from "zod";
import { isRecordId } from "./record-id.ts";
import type { SalesforceSettings } from "./salesforce-options.ts";

const Settings = z.strictObject({
  /** Id of the org: every token must be of it. */
  organization: z.string().refine((text) => isRecordId(text, "00D")),
  /** Consumer key of the external client app. */
  consumerKey: z.string().regex(/^[A-Za-z0-9._]{16,512}$/),
  /** Whom the assertion of `jwt-bearer` names. */
  username: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/)
    .optional(),
  /** Id of the only user whose tokens are taken. Left out: whoever assertion or handler names. */
  userId: z
    .string()
    .refine((text) => isRecordId(text, "005"))
    .optional(),
});

/** What a connection says besides host and secret. */
export type ConnectionSettings = z.output<typeof Settings>;

/** @throws Refusal `configuration_invalid` with the names of what is wrong, never the values */
export function connectionSettings(
  { flow }: SalesforceSettings,
  { settings }: Connection,
): ConnectionSettings {
  const parsed = Settings.safeParse(settings);
  if (!parsed.success) throw invalid(issuePaths(parsed.error));
  if (flow === "jwt-bearer" && parsed.data.username === undefined) throw invalid("username: missing");
  return parsed.data;
}

function invalid(what: string): Refusal {
  return new Refusal("configuration_invalid", {
    detail: `salesforce: the connection's settings: ${what}; next: organization (00D…, 18 characters), consumerKey and, for jwt-bearer, username`,
    failedFact: "credential",
  });
}
