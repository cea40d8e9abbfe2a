import { caseSafeId } from "./case-safe-id.ts";
import {
  SYSTEM_FIELDS,
  canRead,
  checkValue,
  fieldNamed,
  fieldOf,
  permissionOf,
  textOf,
} from "./field-rules.ts";
import { SalesforceProblem, nothingThere } from "./salesforce-problem.ts";
import { type SoqlQuery, parseSoql } from "./soql-query.ts";
import type { ObjectPermission, ObjectSeed, OrgSeed, UserSeed } from "./twin-options.ts";

type Values = Readonly<Record<string, unknown>>;

/** A record as the API shows it, with all of its fields. */
export interface TwinRecord {
  readonly id: string;
  readonly object: string;
  readonly values: Values;
}

/** What one org holds. Records are replaced, never changed, so that a snapshot stays one. */
export class OrgState {
  readonly seed: OrgSeed;
  readonly records = new Map<string, TwinRecord>();
  readonly #now: () => number;
  #made = 0;

  constructor(seed: OrgSeed, now: () => number) {
    this.seed = seed;
    this.#now = now;
    for (const [object, records] of Object.entries(seed.records))
      for (const [id, values] of Object.entries(records))
        this.#put({ id, object, values: this.#dated(values) });
  }

  /** What the user may know of an object. */
  describe(user: UserSeed, name: string): object {
    const { object, seed, may } = this.#visible(user, name);
    const fields = Object.keys({ ...SYSTEM_FIELDS, ...seed.fields }).filter((field) => canRead(may, field));
    return {
      name: object,
      keyPrefix: seed.keyPrefix,
      createable: may.create === true,
      updateable: may.edit === true,
      deletable: may.delete === true,
      queryable: may.read === true,
      fields: fields.map((field) => ({ name: field, type: fieldOf(seed, field)?.type ?? "string" })),
    };
  }

  /** One record: the named fields, or all that the user may see. */
  retrieve(user: UserSeed, name: string, id: string, named: readonly string[] | undefined): object {
    const { object, seed, may } = this.#visible(user, name);
    const record = this.#find(object, id);
    const fields =
      named ?? Object.keys({ ...SYSTEM_FIELDS, ...seed.fields }).filter((field) => canRead(may, field));
    return shown(record, this.#readable(object, seed, may, fields));
  }

  query(user: UserSeed, text: string): object {
    const query = parseSoql(text);
    if (query.object.toLowerCase() === "permissionsetassignment")
      return rowsOf(this.#assignments(user, query));
    const { object, seed, may } = this.#visible(user, query.object);
    const fields = this.#readable(object, seed, may, query.fields);
    this.#readable(object, seed, may, query.used);
    const value = (record: TwinRecord, name: string): unknown =>
      record.values[fieldNamed(seed, name) ?? name];
    const rows = [...this.records.values()].filter(
      (record) => record.object === object && query.matches((name) => value(record, name)),
    );
    const { order } = query;
    if (order !== undefined)
      rows.sort((one, other) => {
        const [left, right] = [one, other].map((record) => textOf(value(record, order.field)));
        return (order.descending ? -1 : 1) * (left ?? "").localeCompare(right ?? "");
      });
    return rowsOf(rows.slice(0, query.limit).map((record) => shown(record, fields)));
  }

  create(user: UserSeed, name: string, body: Values): TwinRecord {
    const { object, seed, may } = this.#visible(user, name);
    if (may.create !== true) throw insufficient("insufficient access rights on object");
    const values = this.#written(object, seed, may, body);
    const missing = Object.entries(seed.fields).filter(
      ([field, { required }]) => required === true && values[field] === undefined,
    );
    if (missing.length > 0)
      throw SalesforceProblem.api(
        400,
        "REQUIRED_FIELD_MISSING",
        `Required fields are missing: [${missing.map(([field]) => field).join(", ")}]`,
        missing.map(([field]) => field),
      );
    const id = caseSafeId(`${seed.keyPrefix}Tw${String(++this.#made).padStart(10, "0")}`);
    if (id === undefined) throw new TypeError(`twin: ${seed.keyPrefix} is no key prefix`);
    return this.#put({ id, object, values: this.#dated(values) });
  }

  update(user: UserSeed, name: string, id: string, body: Values): void {
    const { object, seed, may } = this.#visible(user, name);
    const record = this.#find(object, id);
    if (may.edit !== true) throw insufficient("insufficient access rights on object id");
    const values = this.#written(object, seed, may, body);
    this.#put({ ...record, values: { ...record.values, ...values, LastModifiedDate: this.#date() } });
  }

  delete(user: UserSeed, name: string, id: string): void {
    const { object, may } = this.#visible(user, name);
    const record = this.#find(object, id);
    if (may.delete !== true) throw insufficient("insufficient access rights on object id");
    this.records.delete(record.id);
  }

  #put(record: TwinRecord): TwinRecord {
    const whole = { ...record, values: { ...record.values, Id: record.id } };
    this.records.set(record.id, whole);
    return whole;
  }

  #dated(values: Values): Values {
    return { CreatedDate: this.#date(), LastModifiedDate: this.#date(), ...values };
  }

  #date(): string {
    return new Date(this.#now()).toISOString().replace("Z", "+0000");
  }

  /** @throws SalesforceProblem 404 for an object that the user cannot see, there or not */
  #visible(user: UserSeed, name: string) {
    const object = Object.keys(this.seed.objects).find(
      (candidate) => candidate.toLowerCase() === name.toLowerCase(),
    );
    const seed = object === undefined ? undefined : this.seed.objects[object];
    const may = object === undefined ? undefined : permissionOf(user, object);
    if (object === undefined || seed === undefined || may?.read !== true) throw nothingThere();
    return { object, seed, may };
  }

  #find(object: string, id: string): TwinRecord {
    const whole = caseSafeId(id);
    if (whole === undefined) throw SalesforceProblem.api(400, "MALFORMED_ID", `malformed id ${id}`, ["Id"]);
    const record = this.records.get(whole);
    if (record?.object === object) return record;
    throw SalesforceProblem.api(
      404,
      "NOT_FOUND",
      "Provided external ID field does not exist or is not accessible: Id",
    );
  }

  /** @throws SalesforceProblem 400 for a field that is not there for the user */
  #readable(
    object: string,
    seed: ObjectSeed,
    may: ObjectPermission,
    names: readonly string[],
  ): readonly string[] {
    return names.map((name) => {
      const field = fieldNamed(seed, name);
      if (field !== undefined && canRead(may, field)) return field;
      throw SalesforceProblem.api(
        400,
        "INVALID_FIELD",
        `No such column '${name}' on sobject of type ${object}`,
      );
    });
  }

  #written(object: string, seed: ObjectSeed, may: ObjectPermission, body: Values): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(body)) {
      if (name === "attributes") continue;
      const field = fieldNamed(seed, name);
      if (field === undefined || !canRead(may, field))
        throw SalesforceProblem.api(
          400,
          "INVALID_FIELD",
          `No such column '${name}' on sobject of type ${object}`,
        );
      if (Object.hasOwn(SYSTEM_FIELDS, field) || may.fields?.[field] === "read")
        throw SalesforceProblem.api(
          400,
          "INVALID_FIELD_FOR_INSERT_UPDATE",
          `Unable to create/update fields: ${field}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
          [field],
        );
      values[field] = checkValue(field, fieldOf(seed, field) ?? { type: "string" }, value);
    }
    return values;
  }

  /** Whose “Modify All Data” an administrator can see here; users see their own. */
  #assignments(user: UserSeed, query: SoqlQuery): readonly object[] {
    const rows = this.seed.users
      .filter(({ id }) => id === user.id)
      .map(({ id, modifyAllData = false }) => ({
        assigneeid: id,
        "permissionset.permissionsmodifyalldata": modifyAllData,
        "permissionset.permissionsviewalldata": modifyAllData,
      }));
    return rows
      .filter((row) => query.matches((name) => (row as Values)[name.toLowerCase()]))
      .map(() => ({ attributes: { type: "PermissionSetAssignment" }, Id: "0Pa000000000001AAA" }));
  }
}

function shown(record: TwinRecord, fields: readonly string[]): object {
  return {
    attributes: { type: record.object, url: `/services/data/v62.0/sobjects/${record.object}/${record.id}` },
    ...Object.fromEntries(fields.map((field) => [field, record.values[field] ?? null])),
    Id: record.id,
  };
}

const rowsOf = (records: readonly object[]): object => ({ totalSize: records.length, done: true, records });

const insufficient = (message: string): SalesforceProblem =>
  SalesforceProblem.api(403, "INSUFFICIENT_ACCESS_OR_READONLY", message);
