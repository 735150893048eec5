/** Says what is being done, and how far it is where that is known. */
export type Report = (doing: string, fraction?: number) => void;
