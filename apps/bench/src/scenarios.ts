import type { Scenario } from "./scenario.ts";
import { denialFlood } from "./scenarios/denial-flood.ts";
import { durableExchange } from "./scenarios/durable-exchange.ts";
import { gatewayCost } from "./scenarios/gateway.ts";
import { growth } from "./scenarios/growth.ts";

/** Everything that is measured, in the order in which it is. */
export const SCENARIOS: readonly Scenario[] = [durableExchange, gatewayCost, growth, denialFlood];
