import type { Capability, Ceiling, CoveredAction, Value } from "@watchword/core";

/**
 * What capabilities mean, written without the package's rules: every capability is spelled out as lists of texts over a
 * small world, one list per dimension, and an action is allowed when each of its texts is in the list. Slow and plain.
 */
const ABSENT = "(absent)";

const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  account: [ABSENT, "a", "b", "elsewhere"],
  region: [ABSENT, "a", "elsewhere"],
};

const MONEY: readonly Value[] = ["USD", "EUR"].flatMap((currency) =>
  [0, 1, 2].map((minor) => ({ minor, currency })),
);

const ARGUMENTS: Readonly<Record<string, readonly (Value | undefined)[]>> = {
  amount: [undefined, "a", "elsewhere", 1, { minor: 1 }, ...MONEY],
  tag: [undefined, "a", "b", "elsewhere", true, { minor: 1, currency: "USD" }],
};

export const SYSTEMS = ["payments", "code"] as const;
export const OPERATIONS = ["refunds.create", "charges.retrieve"] as const;

/** Every action that there is in the small world. */
export const WORLD: readonly CoveredAction[] = SYSTEMS.flatMap((system) =>
  OPERATIONS.flatMap((operation) =>
    (RESOURCES["account"] ?? []).flatMap((account) =>
      (RESOURCES["region"] ?? []).flatMap((region) =>
        (ARGUMENTS["amount"] ?? []).flatMap((amount) =>
          (ARGUMENTS["tag"] ?? []).map((tag) => ({
            system,
            operation,
            resource: present<string>({
              account: account === ABSENT ? undefined : account,
              region: region === ABSENT ? undefined : region,
            }),
            arguments: present<Value>({ amount, tag }),
          })),
        ),
      ),
    ),
  ),
);

const TEXTS: ReadonlyMap<CoveredAction, ReturnType<typeof textsOf>> = new Map(
  WORLD.map((action) => [action, textsOf(action)]),
);

/** Whether a ceiling allows an action of the small world. */
export function slowlyAllows(ceiling: Ceiling, action: CoveredAction): boolean {
  return ceiling.some((capability) => isListed(listsOf(capability), action));
}

/** The actions that a ceiling allows. */
export function meaningOf(ceiling: Ceiling): ReadonlySet<CoveredAction> {
  const lists = ceiling.map(listsOf);
  return new Set(WORLD.filter((action) => lists.some((each) => isListed(each, action))));
}

function isListed(lists: ReturnType<typeof listsOf>, action: CoveredAction): boolean {
  return (TEXTS.get(action) ?? textsOf(action)).every(
    ([dimension, text]) => lists.get(dimension)?.includes(text) === true,
  );
}

function listsOf(capability: Capability): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, readonly string[]>([
    ["system", [capability.system]],
    ["operation", [capability.operation]],
  ]);
  for (const [field, all] of Object.entries(RESOURCES))
    lists.set(`resource ${field}`, capability.resource[field] ?? all);
  for (const [name, all] of Object.entries(ARGUMENTS)) {
    const limit = capability.limits[name];
    if (limit === undefined) lists.set(`argument ${name}`, all.map(textOf));
    else if ("in" in limit) lists.set(`argument ${name}`, limit.in.map(textOf));
    else lists.set(`argument ${name}`, amountsUpTo(limit.max.minor, limit.max.currency));
  }
  return lists;
}

function amountsUpTo(minor: number, currency: string): readonly string[] {
  return Array.from({ length: minor + 1 }, (_, each) => textOf({ minor: each, currency }));
}

function textsOf(action: CoveredAction): readonly (readonly [string, string])[] {
  return [
    ["system", action.system],
    ["operation", action.operation],
    ...Object.keys(RESOURCES).map(
      (field) => [`resource ${field}`, action.resource[field] ?? ABSENT] as const,
    ),
    ...Object.keys(ARGUMENTS).map((name) => [`argument ${name}`, textOf(action.arguments[name])] as const),
  ];
}

function textOf(value: Value | undefined): string {
  return value === undefined ? ABSENT : JSON.stringify(value);
}

function present<T>(members: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(members).filter((member): member is [string, T] => member[1] !== undefined),
  );
}
