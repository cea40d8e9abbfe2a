import { describeStore } from "@watchword/conformance";
import { sqlitePlace } from "./sqlite-place.ts";

describeStore("sqlite", () => sqlitePlace());
