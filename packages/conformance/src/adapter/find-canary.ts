import { inspect } from "node:util";
import type { SealedCredential } from "@watchword/core";
import type { AdapterFixture } from "./adapter-fixture.ts";

/**
 * The place where a secret of the fixture shows up in `value`: its text, JSON, inspection, stack or cause. `undefined`
 * when it shows nowhere. `minted` credentials count like the fixture's secrets.
 */
export function findCanary(
  fixture: AdapterFixture,
  value: unknown,
  ...minted: readonly SealedCredential[]
): string | undefined {
  const connections = [fixture.own, fixture.other, fixture.unauthenticated, fixture.unpermitted];
  const secrets = [...connections.map((connection) => connection.secret), ...minted];
  // Also as Basic authentication (RFC 7617) writes it.
  const canaries = secrets.flatMap((sealed) =>
    sealed.open((secret) => [secret, Buffer.from(secret).toString("base64")]),
  );
  const views = {
    text: value instanceof Error ? `${value.message} ${value.stack ?? ""}` : "",
    json: JSON.stringify(value) ?? "",
    inspection: inspect(value, { depth: 12, showHidden: true, getters: false }),
  };
  return Object.entries(views).find(([, view]) => canaries.some((canary) => view.includes(canary)))?.[0];
}
