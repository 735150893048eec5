/** What stands where recorded runs are yet to come, or cannot. */
export const fetching = "Two recorded runs are being fetched.";
export const notFetched = "The recorded runs could not be fetched. The lab draws your own.";
