import type { AdapterContext, SealedCredential } from "@watchword/core";
import { z } from "zod";
import { callSalesforce } from "./call-salesforce.ts";
import { bearer } from "./salesforce-headers.ts";
import type { SalesforceSettings } from "./salesforce-options.ts";

const Rows = z.object({ totalSize: z.int() });

/**
 * Whether a user may view or modify all data of the org, by profile or permission set; `undefined` when it may not see that.
 *
 * @throws Refusal `downstream_unavailable`
 */
export async function holdsEverything(
  settings: SalesforceSettings,
  context: AdapterContext,
  {
    token,
    user,
    signal,
  }: { readonly token: SealedCredential; readonly user: string; readonly signal: AbortSignal },
): Promise<boolean | undefined> {
  const query =
    `SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = '${user}'` +
    " AND (PermissionSet.PermissionsModifyAllData = true OR PermissionSet.PermissionsViewAllData = true) LIMIT 1";
  const { status, body } = await callSalesforce(settings, context, {
    path: `/services/data/v${settings.apiVersion}/query?q=${encodeURIComponent(query)}`,
    authorization: bearer(token),
    signal,
  });
  const rows = Rows.safeParse(body);
  return status === 200 && rows.success ? rows.data.totalSize > 0 : undefined;
}
