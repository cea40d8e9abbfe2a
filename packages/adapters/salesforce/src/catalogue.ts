import type { Catalogue, Operation } from "@watchword/core";
import { catalogueOf, routesOf } from "./record-operations.ts";
import { SalesforceOptions } from "./salesforce-options.ts";

export { recordId } from "./record-id.ts";

type Verb = "retrieve" | "query" | "create" | "update" | "delete";
type DeclaredVerb<Declared> = Extract<keyof Declared, Verb>;

/** The catalogue of a declaration: `casesUpdate` for `update` of `cases`. */
export type SalesforceCatalogue<Declared extends SalesforceOptions> = Catalogue<{
  readonly [
    Key in {
      [
        Name in keyof Declared["objects"] & string
      ]: `${Name}${Capitalize<DeclaredVerb<Declared["objects"][Name]>>}`;
    }[keyof Declared["objects"] & string]
  ]: Operation;
}>;

/**
 * The operations of a declaration as data: what bindings beside the tools need, without the adapter.
 *
 * @throws ZodError for a declaration that does not fit together.
 *
 * @example
 * ```ts
 * const crm = system("crm", salesforceCatalogue(support));
 * bind(crm.casesUpdate, (args: { case: string }) => ({ record: recordId(args.case), Status: "Escalated" }));
 * ```
 */
export function salesforceCatalogue<const Declared extends SalesforceOptions>(
  declared: Declared,
): SalesforceCatalogue<Declared> {
  return catalogueOf(routesOf(SalesforceOptions.parse(declared).objects)) as SalesforceCatalogue<Declared>;
}
