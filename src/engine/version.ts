import { version as packageVersion } from "../../package.json";

/** Version of this program, as links' readers and a run's record state it. */
export const version: string = packageVersion;
