import { github } from "@watchword/adapter-github";
import { stripe } from "@watchword/adapter-stripe";
import type { SystemUnderTest } from "../src/index.ts";
import { code as anyCode } from "./code.ts";
import { payments as anyPayments } from "./payments.ts";

/** The same payments at the address that tools know: nothing but the adapter knows of the twin. */
export const payments: SystemUnderTest = async (world) => {
  const running = await anyPayments(world);
  return { ...running, adapter: stripe({ baseUrl: running.twin.url }) };
};

/** The same code host. */
export const code: SystemUnderTest = async (world) => {
  const running = await anyCode(world);
  return { ...running, adapter: github({ appId: 7, baseUrl: running.twin.url }) };
};
