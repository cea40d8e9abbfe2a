import type { AdapterContext, Finding } from "@watchword/core";
import type { JwtSettings } from "./jwt-options.ts";

/** What can be said of a connection without a secret: the service knows its tenants by itself, and is not asked. */
export function checkConnection(
  { audience }: JwtSettings,
  { connection: { account } }: AdapterContext,
): readonly Finding[] {
  return [
    {
      severity: "ok",
      text: `tokens for ${audience} name the tenant ${account}; there is no secret to check`,
    },
  ];
}
