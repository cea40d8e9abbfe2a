import { describe } from "vitest";
import type { MakeAdapterFixture, MakeReleasedFixture } from "./adapter-fixture.ts";
import { describeCatalogue } from "./describe-catalogue.ts";
import { describeFailures } from "./describe-failures.ts";
import { describePlanning } from "./describe-planning.ts";
import { describeReleased } from "./describe-released.ts";
import { describeRequests } from "./describe-requests.ts";
import { describeSelfCheck } from "./describe-self-check.ts";

/**
 * The contract of an adapter, as tests against its running twin. An adapter that passes can be given to a broker.
 *
 * @example
 * ```ts
 * describeAdapter("stripe", () => startFixture());
 * ```
 */
export function describeAdapter(name: string, make: MakeAdapterFixture): void {
  describe(`adapter contract: ${name}`, () => {
    describeCatalogue(make);
    describePlanning(make);
    describeRequests(make);
    describeFailures(make);
    describeSelfCheck(make);
  });
}

/**
 * The contract of an adapter whose system is not spoken to by requests (`requests: "none"`): its credentials are used at the system
 * itself, by whoever holds them.
 *
 * @example
 * ```ts
 * describeReleasedAdapter("postgres", () => startFixture());
 * ```
 */
export function describeReleasedAdapter(name: string, make: MakeReleasedFixture): void {
  describe(`adapter contract: ${name}`, () => {
    describeCatalogue(make);
    describePlanning(make);
    describeReleased(make);
    describeSelfCheck(make);
  });
}
