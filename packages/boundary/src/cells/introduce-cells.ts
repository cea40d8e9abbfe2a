import type { CellCalls } from "./call-cell.ts";
import type { GatewayIdentity } from "./gateway-methods.ts";

/**
 * Lets the broker's and the gateway's cell know each other's certificates, and the broker the gateway's key. Each made its own;
 * only what is public goes from one to the other.
 */
export async function introduceCells(stage: CellCalls, gateway: CellCalls): Promise<void> {
  const met = await stage.call("meet", await gateway.call<GatewayIdentity>("introduce"));
  await gateway.call("meet", met);
}
