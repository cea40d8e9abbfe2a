import {
  type Action,
  type Adapter,
  type Authority,
  type Connection,
  type Facts,
  type ValueMap,
  newAction,
  systemClock,
} from "@watchword/core";

/** What every asynchronous call gets. */
export const contextFor = (connection: Connection) => ({
  connection,
  fetch: (input: Parameters<typeof fetch>[0], init?: RequestInit) => fetch(input, init),
  clock: systemClock,
  signal: new AbortController().signal,
});

/** One action of the project `APP`, or of what `resource` says. */
export const act = (
  operation: string,
  values: ValueMap,
  resource: Readonly<Record<string, string>> = { project: "APP" },
): Action => newAction({ system: "tracker", operation, resource, arguments: values });

/** Looked up, completed and planned, as the broker does it. */
export async function planned(
  adapter: Adapter,
  connection: Connection,
  action: Action,
): Promise<{ readonly facts: Facts; readonly authority: Authority }> {
  const facts = await adapter.resolve(action, contextFor(connection));
  const completed = adapter.complete(action, facts, connection.account);
  return { facts, authority: adapter.plan({ ...action, ...completed }) };
}
