import type { DataSettings } from "./settings.ts";

/** What rows are for, and which columns hold what. */
export type Reading = Pick<DataSettings, "dataKind" | "dataText" | "dataContext" | "dataSecond" | "dataLabel"> & {
  /** The published data set whose layout it is, where that is plain. */
  readonly layout?: string;
};

/** Something about a file that it does not tell by itself: whoever opens it is asked. */
export interface Question {
  readonly id: string;
  /** In a sentence. */
  readonly text: string;
  /** Settings of which any, once chosen, answers it. */
  readonly decides: readonly (keyof DataSettings)[];
  /** The readings that fit, the likelier first. */
  readonly readings: readonly {
    readonly label: string;
    readonly settings: Partial<DataSettings>;
  }[];
}
