import type { PolicyStatement } from "./parse-policy.ts";

/** What IAM is asked about a request. */
export interface AccessQuestion {
  readonly action: string;
  readonly resource: string;
  /** Condition keys with their values; one that is not there is absent from the request. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/**
 * Whether every one of the policies allows a request and none denies it: IAM's rule for a role under session policies. What no
 * statement names is denied.
 */
export function allows(policies: readonly (readonly PolicyStatement[])[], question: AccessQuestion): boolean {
  return policies.every((statements) => {
    const matching = statements.filter((statement) => applies(statement, question));
    return (
      matching.some(({ effect }) => effect === "Allow") && !matching.some(({ effect }) => effect === "Deny")
    );
  });
}

function applies({ actions, resources, conditions }: PolicyStatement, question: AccessQuestion): boolean {
  const { action, resource, context } = question;
  return (
    actions.some((pattern) => isLike(pattern.toLowerCase(), action.toLowerCase())) &&
    resources.some((pattern) => isLike(filled(pattern, context), resource)) &&
    conditions.every(([operator, key, values]) =>
      holds(
        operator,
        context[key],
        values.map((value) => filled(value, context)),
      ),
    )
  );
}

/** INVARIANT: an operator of the `ForAllValues` or `IfExists` kind holds for a key that is absent; each other one does not, and so IAM has it. */
function holds(operator: string, found: readonly string[] | undefined, wanted: readonly string[]): boolean {
  const [first] = found ?? [];
  switch (operator) {
    case "Null":
      return wanted[0] === String(found === undefined);
    case "ForAllValues:StringEquals":
      return (found ?? []).every((value) => wanted.includes(value));
    case "StringEquals":
      return first !== undefined && wanted.includes(first);
    case "StringEqualsIfExists":
      return first === undefined || wanted.includes(first);
    case "StringNotEquals":
      return first === undefined || !wanted.includes(first);
    case "StringLike":
      return first !== undefined && wanted.some((pattern) => isLike(pattern, first));
    case "NumericEquals":
      return first !== undefined && wanted.some((value) => Number(value) === Number(first));
    case "NumericLessThanEquals":
      return first !== undefined && wanted.some((value) => Number(first) <= Number(value));
    default:
      return false;
  }
}

/** Puts variables in: `${aws:PrincipalTag/watchword-tenant}`. One that is absent leaves a text that nothing is like. */
function filled(text: string, context: AccessQuestion["context"]): string {
  return text.replaceAll(/\$\{([^}]*)\}/g, (_whole, key: string) => context[key]?.[0] ?? "\u0000");
}

/** `*` is anything, `?` any one letter. */
function isLike(pattern: string, text: string): boolean {
  const source = pattern
    .split("")
    .map((letter) =>
      letter === "*" ? ".*" : letter === "?" ? "." : letter.replace(/[\\^$.|+()[\]{}]/, String.raw`\$&`),
    );
  return new RegExp(`^${source.join("")}$`, "s").test(text);
}
