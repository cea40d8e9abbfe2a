import { z } from "zod";

/** A name that means itself between double quotes, in every version and every list of settings. */
const NAME = "[a-z_][a-z0-9_]{0,62}";

/** A schema, table, column or role as a declaration names it. */
export const Name = z.string().regex(new RegExp(`^${NAME}$`), {
  error: "must be a name of small letters, digits and underscores",
});

/** Columns in one spelling, so that a policy can say which by `equals` and `in`: each once, in order, with commas between. */
export const ColumnList = z
  .string()
  .max(4_096)
  .regex(new RegExp(`^${NAME}(?:,${NAME})*$`), { error: "must be names of columns with commas between" })
  .refine(isOrdered, { error: "must hold each column once, in order" });

function isOrdered(text: string): boolean {
  const names = text.split(",");
  return names.every((name, index) => index === 0 || name > (names[index - 1] ?? ""));
}

/** `shop.orders` */
export const TableName = z.string().regex(new RegExp(`^${NAME}\\.${NAME}$`), {
  error: "must be schema.table, in small letters, digits and underscores",
});

/** Name of a database, which may hold dashes and capitals as well. */
export const DatabaseName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, {
  error: "must be a name of letters, digits, underscores and dashes",
});

/** A checked name as SQL has it. INVARIANT: nothing that could end the quotes passes the patterns above. */
export const quoted = (name: string): string => `"${name}"`;
