import type { Attributes, AttributeValue } from "@opentelemetry/api";

/** The attributes that have a value. OpenTelemetry leaves undefined what an undefined one does. */
export function knownAttributes(
  attributes: Readonly<Record<string, AttributeValue | undefined>>,
): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
