import type { Authority, Value } from "@watchword/core";
import type { OauthSettings } from "./oauth-options.ts";

/**
 * The action as the server is asked for it (RFC 9396 section 2.2): operation, place, account and every argument. `undefined`
 * where the server knows no details.
 */
export function detailsOf(
  { authorization: { details, resource }, api }: OauthSettings,
  {
    operation,
    resource: { account = "" },
    arguments: values,
  }: Pick<Authority, "operation" | "resource" | "arguments">,
): readonly Value[] | undefined {
  if (details === undefined) return undefined;
  return [
    {
      type: details.type,
      locations: [resource ?? api.origin.replace("{account}", account)],
      actions: [operation],
      identifier: account,
      arguments: values,
    },
  ];
}
