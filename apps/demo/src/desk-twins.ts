import { jira } from "@watchword/adapter-jira";
import { salesforce } from "@watchword/adapter-salesforce";
import { snowflake } from "@watchword/adapter-snowflake";
import { systemClock } from "@watchword/core";
import { type JiraSystem, jiraSystem } from "@watchword/emulators/jira";
import { type SalesforceSystem, salesforceSystem } from "@watchword/emulators/salesforce";
import { type SnowflakeSystem, snowflakeSystem } from "@watchword/emulators/snowflake";
import { orders, support } from "./declared.ts";
import { FEDERATION } from "./world.ts";

/** A CRM with an org, a tracker with a site and a warehouse with an account for each of two tenants. */
export interface Desk extends AsyncDisposable {
  readonly crm: SalesforceSystem;
  readonly tracker: JiraSystem;
  readonly warehouse: SnowflakeSystem;
}

/**
 * Starts them.
 *
 * @param federationKeys the public keys of the broker's federation issuer, which the warehouse fetches when it is shown a token of it
 */
export async function startDesk(federationKeys: () => Promise<object>): Promise<Desk> {
  await using opened = new AsyncDisposableStack();
  const world = { clock: systemClock };
  const crm = opened.use(
    await salesforceSystem((twin) => salesforce({ ...support, ...twin }))({ ...world, name: "crm" }),
  );
  const tracker = opened.use(await jiraSystem(jira)({ ...world, name: "tracker" }));
  const warehouse = opened.use(
    await snowflakeSystem((twin) => snowflake({ ...orders, ...twin }))({
      ...world,
      name: "warehouse",
      federation: { issuer: FEDERATION, keys: federationKeys },
    }),
  );
  const living = opened.move();
  return { crm, tracker, warehouse, [Symbol.asyncDispose]: () => living.disposeAsync() };
}
