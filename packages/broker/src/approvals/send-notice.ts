import { createHmac } from "node:crypto";
import type { ApprovalRecord } from "@watchword/core";
import { numericDate } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { approvalNotice } from "./approval-notice.ts";
import type { ApprovalWebhook } from "./approval-options.ts";

const TIMEOUT_MILLISECONDS = 5_000;

/**
 * Tells the webhook; `false` when it did not take it. Its answer is not read. The signature is HMAC-SHA-256 over
 * `<timestamp>.<body>`, so that neither can be changed or kept for later.
 */
export async function sendNotice(
  context: BrokerContext,
  { url, secret }: ApprovalWebhook,
  approval: ApprovalRecord,
): Promise<boolean> {
  const body = JSON.stringify(approvalNotice(context, approval));
  const timestamp = String(numericDate(context.clock));
  const signature = secret.open((key) =>
    createHmac("sha256", key).update(`${timestamp}.${body}`).digest("hex"),
  );
  try {
    const response = await context.fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "watchword-timestamp": timestamp,
        "watchword-signature": `v1=${signature}`,
      },
      body,
      // INVARIANT: it goes to the configured address and to no other.
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
