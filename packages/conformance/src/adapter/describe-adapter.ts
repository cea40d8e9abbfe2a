import { describe } from "vitest";
import type { MakeAdapterFixture } from "./adapter-fixture.ts";
import { describeCatalogue } from "./describe-catalogue.ts";
import { describeFailures } from "./describe-failures.ts";
import { describePlanning } from "./describe-planning.ts";
import { describeRequests } from "./describe-requests.ts";

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
  });
}
