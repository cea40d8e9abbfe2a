import type { PlacedSource } from "./http-declaration.ts";

/** Which side of an argument stands at a place: all of it, or one of an amount's. */
export type ArgumentPart = "whole" | "minor" | "currency";

/** What stands at one place of a request: always the same, or (part of) an argument. */
export type Placement =
  | { readonly at: string; readonly constant: string | number | boolean }
  | { readonly at: string; readonly argument: string; readonly part: ArgumentPart };

/** The places of a query or body, in the order of the declaration. */
export function placementsOf(places: Readonly<Record<string, PlacedSource>>): readonly Placement[] {
  return Object.entries(places).map(([at, source]) => {
    if (typeof source !== "string") return { at, constant: source.constant };
    const [argument = "", part] = source.split(".");
    return { at, argument, part: part === "minor" || part === "currency" ? part : "whole" };
  });
}
