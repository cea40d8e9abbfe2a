import { SalesforceProblem } from "./salesforce-problem.ts";
import type { FieldSeed, ObjectPermission, ObjectSeed, UserSeed } from "./twin-options.ts";

/** Fields of every record, which nobody writes. */
export const SYSTEM_FIELDS: Readonly<Record<string, FieldSeed>> = {
  Id: { type: "reference" },
  CreatedDate: { type: "datetime" },
  LastModifiedDate: { type: "datetime" },
};

/** What a field may hold, by its exact name. */
export const fieldOf = (seed: ObjectSeed, name: string): FieldSeed | undefined =>
  Object.hasOwn(seed.fields, name) ? seed.fields[name] : SYSTEM_FIELDS[name];

/** A field by its name in any letters, as Salesforce finds it. */
export function fieldNamed(seed: ObjectSeed, name: string): string | undefined {
  return Object.keys({ ...SYSTEM_FIELDS, ...seed.fields }).find(
    (field) => field.toLowerCase() === name.toLowerCase(),
  );
}

const ALL: ObjectPermission = { read: true, create: true, edit: true, delete: true };

/** What a user may do with an object. */
export const permissionOf = (user: UserSeed, object: string): ObjectPermission | undefined =>
  user.modifyAllData === true ? ALL : user.objects?.[object];

/** Whether a field is there for a user. */
export const canRead = (may: ObjectPermission, field: string): boolean => may.fields?.[field] !== "none";

/** A value that the field takes. @throws SalesforceProblem 400 */
export function checkValue(name: string, { type, length = 255, values }: FieldSeed, value: unknown): unknown {
  if (value === null) return null;
  const fits =
    type === "boolean"
      ? typeof value === "boolean"
      : type === "int"
        ? Number.isInteger(value)
        : typeof value === (type === "double" ? "number" : "string");
  if (!fits)
    throw SalesforceProblem.api(
      400,
      "JSON_PARSER_ERROR",
      `Cannot deserialize instance of ${type} from ${name}`,
    );
  if (typeof value === "string" && value.length > length)
    throw SalesforceProblem.api(400, "STRING_TOO_LONG", `${name}: data value too large`, [name]);
  if (values !== undefined && !values.includes(textOf(value)))
    throw SalesforceProblem.api(
      400,
      "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
      `${name}: bad value for restricted picklist field`,
      [name],
    );
  return value;
}

/** A value as text; what has none is empty. */
export function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? `${value}`
    : "";
}
