/** The version of the program, as in package.json; files and receipts say which one wrote them. */
export const APP_VERSION = "0.1.0";
