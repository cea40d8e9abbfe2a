import { describeReleasedAdapter } from "@watchword/conformance";
import { afterAll, beforeAll } from "vitest";
import { postgresFixture } from "./postgres-fixture.ts";
import { type PostgresPlace, postgresPlace } from "./postgres-place.ts";

let place: PostgresPlace;
beforeAll(async () => {
  place = await postgresPlace();
});
afterAll(() => place[Symbol.asyncDispose]());

describeReleasedAdapter("postgres, one database with row level security", () => postgresFixture(place));
