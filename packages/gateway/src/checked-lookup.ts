import { lookup as systemLookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { Refusal } from "@watchword/core";
import { type AddressKind, addressKind } from "./address-kind.ts";

/** Every address that a name has now. */
export type Lookup = (
  hostname: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** The machine's resolver. */
export const platformLookup: Lookup = (hostname) => systemLookup(hostname, { all: true, order: "verbatim" });

/**
 * A resolver for connecting: it gives only addresses that may be connected to. INVARIANT: what it gives is what is connected to, so
 * nothing lies between the check and the connection for a name to change in. One address that may not be reached refuses them all.
 */
export function checkedLookup(lookup: Lookup, allowed: readonly AddressKind[]): LookupFunction {
  return (hostname, options, callback) => {
    void lookup(hostname).then(
      (found) => {
        const [first] = found;
        const bad = found.find(({ address }) => !allowed.includes(addressKind(address)));
        if (first === undefined || bad !== undefined) return callback(refused(hostname), "", 0);
        if (options.all === true) return callback(null, [...found]);
        return callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, "", 0),
    );
  };
}

/**
 * The same for a host that is an address already: no resolver is asked for it.
 *
 * @throws Refusal `target_refused`
 */
export function checkLiteral(address: string, allowed: readonly AddressKind[]): void {
  if (!allowed.includes(addressKind(address))) throw refused(address);
}

function refused(host: string): Refusal {
  return new Refusal("target_refused", {
    detail: `${host} is at an address where no system of the gateway's may be; if it should be, say so in privateOrigins`,
    failedFact: "action",
  });
}
