import { describeStore } from "@watchword/conformance";
import { postgresPlace } from "./postgres-place.ts";

describeStore("postgres", () => postgresPlace());
