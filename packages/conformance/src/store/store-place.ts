import type { Store } from "@watchword/core";

/** An empty place for a store: a file in a fresh directory, a database of its own. Every test gets one and disposes of it. */
export interface StorePlace extends AsyncDisposable {
  /**
   * Opens the store that is there. Called again without closing the first, it is another replica on the same data, as
   * another process would be. The suite closes what it opened.
   */
  open(): Promise<Store>;
}

/** Makes the place for one test. */
export type MakeStorePlace = () => Promise<StorePlace>;
